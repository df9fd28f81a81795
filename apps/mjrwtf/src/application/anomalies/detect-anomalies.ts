import { failureThreshold } from '../../domain/anomaly.ts'
import {
  type DetectionInput,
  isPasswordFailure,
  passwordFailureKinds,
  successKinds,
} from '../security-log/detection-input.ts'
import {
  createDetectConcurrentUse,
  createDetectImpossibleTravel,
  type LocationDetectorPorts,
} from './detect-location-anomalies.ts'
import { createReportAnomaly, type ReportAnomalyPorts } from './report-anomaly.ts'

/**
 * Judges what was seen, behind the requests that showed it (63B section 5.3). Rejects when the database fails: to be called
 * again with the same sightings, of which it then leaves out those that are done.
 */
export type DetectAnomalies = (inputs: readonly DetectionInput[]) => Promise<void>

export interface DetectAnomaliesPorts extends LocationDetectorPorts, ReportAnomalyPorts {
  /** Writes what was told of and waits: it is judged by what is written. */
  readonly flushSecurityEvents: () => Promise<void>
}

/** As many events as are counted: the letter says no greater number. */
const maxCountedFailures = 100

export function createDetectAnomalies(ports: DetectAnomaliesPorts): DetectAnomalies {
  const { securityEvents, flushSecurityEvents } = ports
  const detectConcurrentUse = createDetectConcurrentUse(ports)
  const detectImpossibleTravel = createDetectImpossibleTravel(ports)
  const reportAnomaly = createReportAnomaly(ports)
  const completed = new WeakSet<DetectionInput>()

  return async function detectAnomalies(inputs) {
    await flushSecurityEvents()
    for (const input of oneFailurePerUser(inputs.filter((each) => !completed.has(each)))) {
      await detect(input)
      completed.add(input)
    }
  }

  async function detect(input: DetectionInput): Promise<void> {
    const { event } = input
    if (isPasswordFailure(event.kind)) return detectFailures(input)
    const travel = await detectImpossibleTravel(input)
    if (travel !== null)
      await reportAnomaly({ kind: 'impossible-travel', event, detail: travel.otherIpAddress })
    const concurrentUse = await detectConcurrentUse(input)
    if (concurrentUse !== null)
      await reportAnomaly({ kind: 'concurrent-use', event, detail: concurrentUse.otherIpAddress })
  }

  async function detectFailures({ event }: DetectionInput): Promise<void> {
    const kinds = [...passwordFailureKinds, ...successKinds]
    const request = { userId: event.userId, kinds, limit: maxCountedFailures, offset: 0 }
    const { events } = await securityEvents.list(request)
    const firstSuccess = events.findIndex(({ kind }) => !isPasswordFailure(kind))
    const failures = firstSuccess === -1 ? events.length : firstSuccess
    if (failures < failureThreshold) return
    await reportAnomaly({ kind: 'many-failed-sign-ins', event, detail: String(failures) })
  }
}

/**
 * Of many failures of one user one tells all, for they are counted by what is written: a flood of them must not be as
 * many questions. The first, which stays the first when more have come until it is tried again: what was begun in its
 * name can then be ended.
 */
function oneFailurePerUser(inputs: readonly DetectionInput[]): readonly DetectionInput[] {
  const firstFailureByUser = new Map<string, DetectionInput>()
  for (const input of inputs) {
    const { kind, userId } = input.event
    if (isPasswordFailure(kind) && !firstFailureByUser.has(userId))
      firstFailureByUser.set(userId, input)
  }
  return inputs.filter(
    (each) =>
      !isPasswordFailure(each.event.kind) || firstFailureByUser.get(each.event.userId) === each,
  )
}
