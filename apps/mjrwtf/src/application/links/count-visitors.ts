import type { Clock } from 'coatcheck'
import { type CalendarDay, utcDay } from '../../domain/calendar-day.ts'
import type { LinkId } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'
import { firstSaltedDay, hashBits } from '../../domain/visitor-sketch.ts'
import type { CodeHasher, Secrets } from '../ports/secrets.ts'
import type { Visit, VisitorRepository, VisitSink } from '../ports/visitor-repository.ts'

export interface NoteVisitInput {
  readonly linkId: LinkId
  readonly at: Instant
  /** Group of the IP address. */
  readonly ipGroup: string
  readonly userAgent: string | null
}

/** Queues the first visit of each visitor to each link on each day of UTC. */
export type NoteVisit = (visit: NoteVisitInput) => void

/** Visitors of a day that a process remembers. Beyond it, some visits are queued again, which changes no count. */
const maxRemembered = 100_000

/**
 * Two visitors with the same IP address and browser are one: there is no cookie. What leaves this function is a hash with
 * the secret keys, so that neither the queue nor a dump of memory contains addresses.
 */
export function createNoteVisit(
  codeHasher: Pick<CodeHasher, 'hash'>,
  addVisit: VisitSink,
): NoteVisit {
  let today: CalendarDay = ''
  const seen = new Set<string>()
  return function noteVisit({ linkId, at, ipGroup, userAgent }) {
    const day = utcDay(at)
    if (day !== today || seen.size >= maxRemembered) seen.clear()
    today = day
    const visitorKey = codeHasher.hash(`visitor\n${ipGroup}\n${userAgent ?? ''}`)
    const visit = `${linkId} ${visitorKey}`
    if (seen.has(visit)) return
    seen.add(visit)
    addVisit({ linkId, at, visitorKey })
  }
}

/** Writes queued visits. Ignores those of days whose salt may be deleted by now. */
export type AddVisits = (visits: readonly Visit[]) => Promise<void>

export interface AddVisitsDependencies {
  readonly visitors: Pick<VisitorRepository, 'add' | 'salt'>
  readonly secrets: Pick<Secrets, 'code' | 'hash'>
  readonly clock: Clock
}

/**
 * Hashes the visitor with the random salt of the day and the link. Once the salt is deleted, nothing connects a hash to a
 * visitor, and at no time the visits of one visitor to two links or on two days.
 */
export function createAddVisits({ visitors, secrets, clock }: AddVisitsDependencies): AddVisits {
  const salts = new Map<CalendarDay, string>()

  async function saltOf(day: CalendarDay): Promise<string> {
    const salt = salts.get(day) ?? (await visitors.salt(day, secrets.code()))
    salts.set(day, salt)
    return salt
  }

  return async function addVisits(visits) {
    const firstDay = firstSaltedDay(clock.now())
    for (const day of salts.keys()) if (day < firstDay) salts.delete(day)
    for (const [day, ofDay] of Map.groupBy(visits, ({ at }) => utcDay(at))) {
      if (day < firstDay) continue
      const salt = await saltOf(day)
      await visitors.add(
        ofDay.map(({ linkId, at, visitorKey }) => ({
          linkId,
          at,
          hash: toNumber(secrets.hash(`${salt}\n${linkId}\n${visitorKey}`)),
        })),
      )
    }
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The first bits of base64url. */
function toNumber(base64url: string): number {
  return [...base64url.slice(0, hashBits / 6)].reduce(
    (number, character) => number * 64 + alphabet.indexOf(character),
    0,
  )
}
