import { manyFailures } from '../domain/anomaly.ts'
import { createJudgeTravel, createJudgeTwoPlaces, type JudgePlacePorts } from './judge-place.ts'
import { createRaiseAnomaly, type RaiseAnomalyPorts } from './raise-anomaly.ts'
import { isWrongPassword, rightPasswords, type Sighting, wrongPasswords } from './sighting.ts'

/**
 * Judges what was seen, behind the requests that showed it (63B section 5.3). Rejects when the database fails: to be called
 * again with the same sightings, of which it then leaves out those that are done.
 */
export type NoticeAnomalies = (sightings: readonly Sighting[]) => Promise<void>

export interface NoticeAnomaliesPorts extends JudgePlacePorts, RaiseAnomalyPorts {
  /** Writes what was told of and waits: it is judged by what is written. */
  readonly flushSecurityEvents: () => Promise<void>
}

/** As many events as are counted: the letter says no greater number. */
const mostCounted = 100

export function createNoticeAnomalies(ports: NoticeAnomaliesPorts): NoticeAnomalies {
  const { securityEvents, flushSecurityEvents } = ports
  const judgeTwoPlaces = createJudgeTwoPlaces(ports)
  const judgeTravel = createJudgeTravel(ports)
  const raise = createRaiseAnomaly(ports)
  const done = new WeakSet<Sighting>()

  return async function noticeAnomalies(sightings) {
    await flushSecurityEvents()
    for (const sighting of oneFailureEach(sightings.filter((each) => !done.has(each)))) {
      await judge(sighting)
      done.add(sighting)
    }
  }

  async function judge(sighting: Sighting): Promise<void> {
    const { event } = sighting
    if (isWrongPassword(event.kind)) return judgeFailures(sighting)
    const travel = await judgeTravel(sighting)
    if (travel !== null) await raise({ kind: 'impossible-travel', event, detail: travel.other })
    const places = await judgeTwoPlaces(sighting)
    if (places !== null) await raise({ kind: 'used-from-two-places', event, detail: places.other })
  }

  async function judgeFailures({ event }: Sighting): Promise<void> {
    const kinds = [...wrongPasswords, ...rightPasswords]
    const request = { userId: event.userId, kinds, limit: mostCounted, offset: 0 }
    const { events } = await securityEvents.list(request)
    const firstRight = events.findIndex(({ kind }) => !isWrongPassword(kind))
    const failures = firstRight === -1 ? events.length : firstRight
    if (failures < manyFailures) return
    await raise({ kind: 'many-failed-sign-ins', event, detail: String(failures) })
  }
}

/**
 * Of many failures of one user one tells all, for they are counted by what is written: a flood of them must not be as
 * many questions. The first, which stays the first when more have come until it is tried again: what was begun in its
 * name can then be ended.
 */
function oneFailureEach(sightings: readonly Sighting[]): readonly Sighting[] {
  const firstOf = new Map<string, Sighting>()
  for (const sighting of sightings) {
    const { kind, userId } = sighting.event
    if (isWrongPassword(kind) && !firstOf.has(userId)) firstOf.set(userId, sighting)
  }
  return sightings.filter(
    (each) => !isWrongPassword(each.event.kind) || firstOf.get(each.event.userId) === each,
  )
}
