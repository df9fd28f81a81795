import type { Clock } from 'coatcheck'
import { codeKey } from '../../domain/code-key.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import { isShortCode } from '../../domain/short-code.ts'
import { minute } from '../../domain/time.ts'
import { isLikelyCode, type UnknownCode } from '../../domain/unknown-code.ts'
import type { BotDetector } from '../ports/client-detection.ts'
import type { UnknownCodeRepository, UnknownCodeSink } from '../ports/unknown-code-repository.ts'
import { createWindows } from '../shared/windows.ts'

export interface UnknownVisit {
  readonly code: string
  readonly userAgent: string | null
  readonly ipAddress: string | null
}

/** What visitors requested that no link has: misprints, and links that were announced before they were created. */
export interface UnknownCodes {
  /** Queues a visit. Ignores bots, files that scanners try, and visitors beyond 10 codes a minute. */
  record(visit: UnknownVisit): void
  /** For administrators. Most visits first. */
  list(): Promise<readonly UnknownCode[]>
}

export interface UnknownCodesDependencies {
  readonly unknownCodes: Pick<UnknownCodeRepository, 'list'>
  readonly addUnknownCode: UnknownCodeSink
  readonly botName: BotDetector
  readonly clock: Clock
}

/** Of one IP group, so that one scanner does not displace what visitors request. */
const maxPerMinute = 10
const maxTracked = 10_000

/** The others have fewer visits. */
const maxListed = 100

export function createUnknownCodes(dependencies: UnknownCodesDependencies): UnknownCodes {
  const { unknownCodes, addUnknownCode, botName, clock } = dependencies
  const visitors = createWindows({ length: minute, max: maxTracked, create: () => ({ visits: 0 }) })
  return {
    record({ code, userAgent, ipAddress }) {
      if (!isShortCode(code) || !isLikelyCode(code) || botName(userAgent) !== null) return
      const now = clock.now()
      const visitor = visitors.valueAt(ipGroup(ipAddress), now)
      visitor.visits += 1
      if (visitor.visits > maxPerMinute) return
      // Codes are found ignoring case.
      addUnknownCode({ code: codeKey(code), visits: 1, firstVisitAt: now, lastVisitAt: now })
    },
    list: () => unknownCodes.list(maxListed),
  }
}
