import fc from 'fast-check'
import { systemClock } from '../../ports/system.ts'
import { requireRightFailures, startCluster, summarize } from './cluster.ts'
import { type PlannedFault, plannedFaults } from './fault.ts'
import { judgeUses, type UseEvent } from './judge-uses.ts'
import { type Cluster, type Recorded, runUnderFaults } from './run-work.ts'
import {
  addToReport,
  type ChaosOptions,
  type ChaosReport,
  type ChaosSubject,
  emptyReport,
} from './subject.ts'
import {
  type Credential,
  type CredentialKind,
  type RegisterName,
  registerNames,
  type Use,
} from './use.ts'

/** What a client does next. Which session it concerns depends on those that exist then. */
interface Step {
  readonly worker: number
  readonly action: Use['type']
  readonly kind: CredentialKind
  readonly user: number
  /** Which of the newest sessions or grants of this kind. */
  readonly pick: number
  readonly skipCache: boolean
  readonly register: RegisterName
  readonly pause: number
}

interface Plan {
  readonly steps: readonly Step[]
  readonly faults: readonly PlannedFault[]
  /** Whether clocks jump, so that nothing that a wrong clock may outdate is used. */
  readonly jumps: boolean
}

/** Many, because a process without its database makes each of its clients wait. */
const clients = 24
const stepsPerRun = 500
const faultsPerRun = 8
/** Old ones have ended, mostly. */
const newest = 10
const users = 4

/**
 * Uses sessions and grants, with the verification cache, in several processes under faults and clock jumps, and checks
 * every answer: 0 accepted sessions and grants that had ended, 0 lost writes that were acknowledged, 0 rejected sessions
 * that nothing had ended, and no error other than a failure of the store. Rejects with the violations and the seed of the
 * plan. The seed decides the steps and the faults; the interleaving of the processes is not repeated exactly, so replay it
 * with several runs.
 */
export async function checkSessionsUnderFaults(
  subject: ChaosSubject,
  options: ChaosOptions = {},
): Promise<ChaosReport> {
  const { runs = 10, seed = 1, workers = 3 } = options
  await using cluster = await startCluster(subject, workers)
  let report = emptyReport
  for (let index = 0; index < runs; index += 1) {
    const [plan] = fc.sample(planOf(workers, subject), { seed: seed + index, numRuns: 1 })
    if (plan === undefined) continue
    const part = await runPlan({ subject, cluster, seed: seed + index }, plan)
    report = addToReport(report, { ...part, runs: 1 })
    options.onProgress?.(report)
  }
  return report
}

function planOf(workers: number, { databaseFaults = {} }: ChaosSubject): fc.Arbitrary<Plan> {
  return fc.boolean().chain((jumps) =>
    fc.record({
      steps: fc.array(stepOf(workers), { minLength: stepsPerRun, maxLength: stepsPerRun }),
      faults: plannedFaults({
        workers,
        operations: stepsPerRun,
        most: faultsPerRun,
        // The last one is longer than two leases.
        lengths: [10, 30, 80, 200, 450, 1_300],
        jumps,
        databaseFaults: Object.keys(databaseFaults),
      }),
      jumps: fc.constant(jumps),
    }),
  )
}

function stepOf(workers: number): fc.Arbitrary<Step> {
  const weighted = (action: Use['type'], weight: number) => ({
    arbitrary: fc.constant(action),
    weight,
  })
  return fc.record({
    worker: fc.nat(workers - 1),
    action: fc.oneof(
      weighted('create', 6),
      weighted('verify', 14),
      weighted('save', 7),
      weighted('end', 4),
      weighted('end-all', 1),
      weighted('rotate', 3),
      weighted('list', 1),
      weighted('sweep', 1),
    ),
    kind: fc.constantFrom<CredentialKind>('session', 'session', 'grant'),
    user: fc.nat(users - 1),
    pick: fc.nat(newest - 1),
    skipCache: fc.boolean(),
    register: fc.constantFrom(...registerNames),
    pause: fc.constantFrom(0, 0, 3, 20),
  })
}

interface Running {
  readonly subject: ChaosSubject
  readonly cluster: Cluster
  readonly seed: number
}

/** A session or grant as its client knows it. */
interface Held {
  readonly kind: CredentialKind
  readonly userId: string
  /** That of the creation: its rotating token is presented again after a rotation whose outcome is unknown. */
  readonly created: Credential
  token: string
  rotations: number
}

async function runPlan({ subject, cluster, seed }: Running, plan: Plan) {
  await subject.empty()
  const client = createClient(plan)
  await runUnderFaults(cluster, {
    clients,
    next: client.next,
    onRecorded: client.record,
    faults: plan.faults,
  })
  await subject.waitUntilIdle()
  // What everything has become, read without faults.
  await runUnderFaults(cluster, {
    clients,
    next: client.nextFinal,
    onRecorded: client.record,
    faults: [],
  })
  requireRightFailures(client.recorded)
  const violations = judgeUses(client.events)
  if (violations.length > 0) {
    const details = fc.stringify({ faults: plan.faults, events: client.events.map(withoutTokens) })
    throw new Error(`Wrong answers (seed ${seed}): ${violations.join('; ')}: ${details}`)
  }
  return summarize(client.recorded, plan.faults)
}

function createClient(plan: Plan) {
  const steps = plan.steps.values()
  const held: Held[] = []
  const recorded: Recorded[] = []
  const events: UseEvent[] = []
  const startedAtInstant = new Map<Use, number>()
  let number = 0
  let finals = 0

  function toWork(worker: number, use: Use) {
    startedAtInstant.set(use, systemClock.now())
    return { worker, work: { kind: 'use', operation: use } as const }
  }

  function next() {
    const step = steps.next().value
    if (step === undefined) return null
    number += 1
    const candidates = held.filter(({ kind }) => kind === kindOf(step)).slice(-newest)
    const target = candidates[step.pick % Math.max(1, candidates.length)]
    return toWork(step.worker, toUse(step, { target, number, jumps: plan.jumps }))
  }

  function nextFinal() {
    const target = held[finals]
    finals += 1
    if (target === undefined) return null
    const { kind, token } = target
    return toWork(0, { type: 'verify', kind, token, skipCache: true })
  }

  function record(each: Recorded): void {
    recorded.push(each)
    const { operation, outcome, startedAt, hadRightClock } = each
    if (operation.kind !== 'use') return
    const use = operation.operation
    // The types of `Works` connect the kind of work and its answer.
    const answer = outcome.status === 'answered' ? (outcome.answer as UseEvent['answer']) : null
    const target = aboutOf(use, held)
    events.push({
      use,
      about: target?.created.id ?? null,
      startedAt,
      endedAt: answer === null ? Number.POSITIVE_INFINITY : each.endedAt,
      answer,
      startedAtInstant: startedAtInstant.get(use) ?? 0,
      hadRightClock,
    })
    if (answer?.type === 'created' && use.type === 'create') {
      const { kind, userId } = use
      const created = answer.credential
      held.push({ kind, userId, created, token: created.token, rotations: 0 })
    }
    if (answer?.type === 'rotated' && target !== undefined) target.token = answer.credential.token
  }

  return { next, nextFinal, record, recorded, events }
}

/** Only sessions have data. */
function kindOf({ action, kind }: Step): CredentialKind {
  return action === 'save' ? 'session' : kind
}

interface StepContext {
  readonly target: Held | undefined
  readonly number: number
  readonly jumps: boolean
}

function toUse(step: Step, { target, number, jumps }: StepContext): Use {
  const { action, register, skipCache, pause } = step
  const kind = kindOf(step)
  const userId = `user-${step.user}`
  if (action === 'sweep') return { type: 'sweep' }
  if (action === 'end-all' || action === 'list') return { type: action, kind, userId }
  if (action === 'create' || target === undefined) return { type: 'create', kind, userId, pause }
  const { id, rotatingToken } = target.created
  if (action === 'end') return { type: 'end', kind, userId: target.userId, id }
  if (action === 'save') return { type: 'save', id, register, value: number }
  // A session is rotated once: its previous token is still in use. A repeated refresh returns the identical tokens.
  const mayRotate = !jumps && target.rotations < (kind === 'session' ? 1 : 3)
  if (action === 'rotate' && mayRotate) {
    target.rotations += 1
    return { type: 'rotate', kind, token: rotatingToken }
  }
  return { type: 'verify', kind, token: target.token, skipCache }
}

/** The session or grant that a use names. */
function aboutOf(use: Use, held: readonly Held[]): Held | undefined {
  if (use.type === 'save' || use.type === 'end') {
    return held.find(({ created }) => created.id === use.id)
  }
  if (use.type === 'rotate') {
    return held.find(({ created }) => created.rotatingToken === use.token)
  }
  if (use.type === 'verify') {
    return held.find(({ created, token }) => [created.token, token].includes(use.token))
  }
  return undefined
}

function withoutTokens({ use, answer, ...event }: UseEvent) {
  const { token: _, ...rest } = { token: null, ...use }
  return { use: rest, answer: answer?.type, ...event }
}
