import { failureThreshold } from '../../domain/anomaly.ts'
import {
  type DetectionInput,
  isPasswordFailure,
  passwordFailureKinds,
  successKinds,
} from '../security-log/detection-input.ts'
import type { AnomaliesDependencies } from './dependencies.ts'
import {
  createDetectConcurrentUse,
  createDetectImpossibleTravel,
} from './detect-location-anomalies.ts'
import { createReportAnomaly } from './report-anomaly.ts'

/**
 * Detects anomalies in security events, in the background (SP 800-63B-4 section 5.3). Rejects if the database fails. A
 * second call with the same inputs skips the completed ones.
 */
export type DetectAnomalies = (inputs: readonly DetectionInput[]) => Promise<void>

/** Maximum number of failures that are counted, and so the highest number in the email. */
const maxCountedFailures = 100

export function createDetectAnomalies(dependencies: AnomaliesDependencies): DetectAnomalies {
  const { securityEvents, flushSecurityEvents } = dependencies
  const detectConcurrentUse = createDetectConcurrentUse(dependencies)
  const detectImpossibleTravel = createDetectImpossibleTravel(dependencies)
  const reportAnomaly = createReportAnomaly(dependencies)
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
    const request = { userId: event.userId, kinds, limit: maxCountedFailures, start: null }
    const { events } = await securityEvents.list(request)
    const firstSuccess = events.findIndex(({ kind }) => !isPasswordFailure(kind))
    const failures = firstSuccess === -1 ? events.length : firstSuccess
    if (failures < failureThreshold) return
    await reportAnomaly({ kind: 'many-failed-sign-ins', event, detail: String(failures) })
  }
}

/**
 * Keeps one failure per user: the query counts all of them anyway, so a flood causes one query. Keeps the first one: a
 * retry with more inputs keeps it again, and can complete the notifications that it has claimed.
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
