import { factorFailureThreshold, failureThreshold } from '../../domain/anomaly.ts'
import type { SecurityEventKind } from '../../domain/security-event.ts'
import {
  type DetectionInput,
  factorFailureKinds,
  passwordFailureKinds,
  successKinds,
} from '../security-log/detection-input.ts'
import type { AnomaliesDependencies } from './dependencies.ts'
import {
  createDetectConcurrentUse,
  createDetectImpossibleTravel,
} from './detect-location-anomalies.ts'
import { createReportAnomaly, type FailureAnomalyKind } from './report-anomaly.ts'

/**
 * Detects anomalies in security events, in the background (SP 800-63B-4 section 5.3). Rejects if the database fails. A
 * second call with the same inputs skips the completed ones.
 */
export type DetectAnomalies = (inputs: readonly DetectionInput[]) => Promise<void>

/** Failures that are counted together until the next success. */
interface Failures {
  readonly kinds: readonly SecurityEventKind[]
  readonly threshold: number
  /** What so many of them are. */
  readonly anomaly: FailureAnomalyKind
}

const failureGroups: readonly Failures[] = [
  { kinds: passwordFailureKinds, threshold: failureThreshold, anomaly: 'many-failed-sign-ins' },
  // Their client has passed the first step, so it has the password.
  {
    kinds: factorFailureKinds,
    threshold: factorFailureThreshold,
    anomaly: 'many-failed-second-factors',
  },
]

function failuresOf({ event }: DetectionInput): Failures | undefined {
  return failureGroups.find(({ kinds }) => kinds.includes(event.kind))
}

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
    const failures = failuresOf(input)
    if (failures !== undefined) return detectFailures(input, failures)
    const travel = await detectImpossibleTravel(input)
    if (travel !== null)
      await reportAnomaly({ kind: 'impossible-travel', event, detail: travel.otherIpAddress })
    const concurrentUse = await detectConcurrentUse(input)
    if (concurrentUse !== null)
      await reportAnomaly({ kind: 'concurrent-use', event, detail: concurrentUse.otherIpAddress })
  }

  async function detectFailures(
    { event }: DetectionInput,
    { kinds: failureKinds, threshold, anomaly }: Failures,
  ): Promise<void> {
    const kinds = [...failureKinds, ...successKinds]
    const request = { userId: event.userId, kinds, limit: maxCountedFailures, start: null }
    const { events } = await securityEvents.list(request)
    const firstSuccess = events.findIndex(({ kind }) => !failureKinds.includes(kind))
    const failures = firstSuccess === -1 ? events.length : firstSuccess
    if (failures < threshold) return
    await reportAnomaly({ kind: anomaly, event, detail: String(failures) })
  }
}

/**
 * Keeps one failure of each group per user: the query counts all of them anyway, so a flood causes one query. Keeps the first one: a
 * retry with more inputs keeps it again, and can complete the notifications that it has claimed.
 */
function oneFailurePerUser(inputs: readonly DetectionInput[]): readonly DetectionInput[] {
  const firstFailures = new Map<string, DetectionInput>()
  const keyOf = (input: DetectionInput) => {
    const failures = failuresOf(input)
    return failures === undefined ? null : `${failures.anomaly} ${input.event.userId}`
  }
  for (const input of inputs) {
    const key = keyOf(input)
    if (key !== null && !firstFailures.has(key)) firstFailures.set(key, input)
  }
  return inputs.filter((input) => {
    const key = keyOf(input)
    return key === null || firstFailures.get(key) === input
  })
}
