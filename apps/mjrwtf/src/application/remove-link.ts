import type { OwnLink } from './find-own-link.ts'

/** Removes one's own link: it answers 410 from then on. `false` when there is none of that code. */
export type RemoveLink = (request: OwnLink) => Promise<boolean>
