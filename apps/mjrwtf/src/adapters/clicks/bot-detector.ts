import { isbot } from 'isbot'
import type { BotDetector } from '../../application/ports/click-repository.ts'

/** Knows bots by the name they give themselves; one that lies counts as a person. */
export const detectBot: BotDetector = (userAgent) => isbot(userAgent)
