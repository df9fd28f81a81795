import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { concurrentGrantBatch, initialGrants } from '../grant-model/arbitraries.ts'
import type { GrantOperation } from '../grant-model/operation.ts'
import { performGrant, readAllGrants } from '../grant-model/perform.ts'
import {
  emptyGrantReference,
  grantPossibilities,
  possibleGrantSweeps,
} from '../grant-model/reference.ts'
import { concurrentBatch, initialState } from '../model/arbitraries.ts'
import type { Operation } from '../model/operation.ts'
import { perform, readAll } from '../model/perform.ts'
import { possibilities, possibleSweeps } from '../model/possibilities.ts'
import { emptyReference, type Possibility, type Reference } from '../model/reference.ts'
import { requireRightFailures, startCluster, summarize } from './cluster.ts'
import { type PlannedFault, plannedFaults } from './fault.ts'
import { type Linearization, linearize, type NextStates } from './linearize.ts'
import type { Work } from './messages.ts'
import { type Cluster, type Recorded, runUnderFaults } from './run-work.ts'
import {
  addToReport,
  type ChaosOptions,
  type ChaosReport,
  type ChaosSubject,
  emptyReport,
} from './subject.ts'

/** One history: records that exist, operations on them, and what goes wrong meanwhile. */
interface Plan {
  readonly sessions: readonly Operation[]
  readonly grants: readonly GrantOperation[]
  readonly steps: readonly { readonly worker: number; readonly work: Work }[]
  readonly faults: readonly PlannedFault[]
}

const clients = 6
const historiesPerRun = 4

/**
 * Runs random operations of the session store and the grant store in several processes, of which some are killed, paused or
 * cut off from the database, and compares each history with the model of the port: some order of the operations must
 * explain every answer and what is stored. An operation without an answer may have taken effect or not, and nothing else.
 * Rejects with the history that contradicts the model and the seed of its plan. The seed decides the operations and the
 * faults; the interleaving of the processes is not repeated exactly, so replay it with several runs.
 */
export async function checkStoresUnderFaults(
  subject: ChaosSubject,
  options: ChaosOptions = {},
): Promise<ChaosReport> {
  const { runs = 10, seed = 1, workers = 3 } = options
  await using cluster = await startCluster(subject, workers)
  let report = emptyReport
  for (let index = 0; index < runs; index += 1) {
    const plans = fc.sample(planOf(workers, subject), {
      seed: seed + index,
      numRuns: historiesPerRun,
    })
    for (const plan of plans) {
      const part = await runPlan({ subject, cluster, seed: seed + index }, plan)
      report = addToReport(report, part)
    }
    report = addToReport(report, { runs: 1 })
    options.onProgress?.(report)
  }
  return report
}

function planOf(workers: number, { databaseFaults = {} }: ChaosSubject): fc.Arbitrary<Plan> {
  const batches = { minLength: 2, maxLength: 4, size: 'max' } as const
  const work = fc
    .tuple(fc.array(concurrentBatch, batches), fc.array(concurrentGrantBatch, batches))
    .map(([sessions, grants]) => interleave(sessions.flat(), grants.flat()))
  return work.chain((works) => {
    const worker = fc.nat(workers - 1)
    const scope = {
      workers,
      operations: works.length,
      most: 3,
      lengths: [10, 30, 80, 200, 450],
      jumps: false,
      databaseFaults: Object.keys(databaseFaults),
    }
    return fc.record({
      sessions: initialState,
      grants: initialGrants,
      steps: fc
        .array(worker, { minLength: works.length, maxLength: works.length })
        .map((targets) =>
          works.map((each, index) => ({ work: each, worker: targets[index] ?? 0 })),
        ),
      faults: plannedFaults(scope),
    })
  })
}

/** Alternates between the two kinds. */
function interleave(
  sessions: readonly Operation[],
  grants: readonly GrantOperation[],
): readonly Work[] {
  const length = Math.max(sessions.length, grants.length)
  return Array.from({ length }, (_, index): readonly Work[] => {
    const session = sessions[index]
    const grant = grants[index]
    return [
      ...(session === undefined ? [] : [{ kind: 'session-store', operation: session } as const]),
      ...(grant === undefined ? [] : [{ kind: 'grant-store', operation: grant } as const]),
    ]
  }).flat()
}

interface Running {
  readonly subject: ChaosSubject
  readonly cluster: Cluster
  readonly seed: number
}

async function runPlan({ subject, cluster, seed }: Running, plan: Plan) {
  await subject.empty()
  for (const operation of plan.sessions) await perform(subject.sessions, operation)
  for (const operation of plan.grants) await performGrant(subject.grants, operation)
  const before = {
    sessions: { ...emptyReference, records: await readAll(subject.sessions) },
    grants: { ...emptyGrantReference, records: await readAllGrants(subject.grants) },
  }

  const recorded: Recorded[] = []
  const steps = plan.steps.values()
  await runUnderFaults(cluster, {
    clients,
    next: () => steps.next().value ?? null,
    onRecorded: (each) => recorded.push(each),
    faults: plan.faults,
  })
  await subject.waitUntilIdle()
  requireRightFailures(recorded)
  const verdicts = [
    judge(recorded, 'session-store', {
      initial: before.sessions,
      remaining: await readAll(subject.sessions),
      nextStates: nextSessionStates,
    }),
    judge(recorded, 'grant-store', {
      initial: before.grants,
      remaining: await readAllGrants(subject.grants),
      nextStates: nextGrantStates,
    }),
  ]
  if (verdicts.includes('contradicted')) {
    const details = fc.stringify({ faults: plan.faults, before, recorded })
    throw new Error(
      `No order of these operations explains their results (seed ${seed}): ${details}`,
    )
  }
  const undecided = verdicts.filter((verdict) => verdict === 'undecided').length
  return { ...summarize(recorded, plan.faults), undecided }
}

interface Judgment<State> {
  readonly initial: State
  readonly remaining: readonly unknown[]
  readonly nextStates: NextStates<State, Recorded>
}

function judge<State extends { readonly records: readonly unknown[] }>(
  recorded: readonly Recorded[],
  kind: Work['kind'],
  { initial, remaining, nextStates }: Judgment<State>,
): Linearization {
  const intervals = recorded
    .filter(({ operation }) => operation.kind === kind)
    .map((event) => ({
      event,
      startedAt: event.startedAt,
      endedAt: event.outcome.status === 'answered' ? event.endedAt : Number.POSITIVE_INFINITY,
    }))
  return linearize({ initial, intervals, remaining }, nextStates)
}

/** The states after an operation: those with its answer, or all if it has none. */
function explaining<State>(
  possible: readonly { readonly answer: unknown; readonly next: State }[],
  { outcome }: Recorded,
): readonly State[] {
  return possible
    .filter(
      ({ answer }) => outcome.status !== 'answered' || isDeepStrictEqual(answer, outcome.answer),
    )
    .map(({ next }) => next)
}

const nextSessionStates: NextStates<Reference, Recorded> = (reference, recorded) => {
  const { operation: work } = recorded
  if (work.kind !== 'session-store') return []
  return explaining(possibleUnderFaults(reference, work.operation), recorded)
}

/** A sweep and an activity may skip sessions that another process keeps locked. */
function possibleUnderFaults(reference: Reference, operation: Operation): readonly Possibility[] {
  if (operation.type === 'endExpired') return possibleSweeps(reference, operation)
  const possible = possibilities(reference, operation)
  if (operation.type !== 'touch') return possible
  const ids = [...new Set(operation.activities.map(({ id }) => id))].toSorted()
  return [...possible, { answer: ids, next: reference }]
}

const nextGrantStates: NextStates<Parameters<typeof grantPossibilities>[0], Recorded> = (
  reference,
  recorded,
) => {
  const { operation: work } = recorded
  if (work.kind !== 'grant-store') return []
  const { operation } = work
  const possible =
    operation.type === 'endExpired'
      ? possibleGrantSweeps(reference, operation)
      : grantPossibilities(reference, operation)
  return explaining(possible, recorded)
}
