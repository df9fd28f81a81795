import type { UsedMethod } from 'coatcheck'
import fc from 'fast-check'
import { type Action, presentedFactors, presentedTimes, runAction, sessionIdOf } from './actions.ts'
import { openSequenceApp, type SequenceApp } from './sequence-app.ts'
import { type BrowserModel, createWorld, type Shown, userOf, type World } from './world.ts'

export interface SequenceRun {
  readonly runs: number
  readonly seed: number
}

/** What the sequences reached, so that a run that reaches nothing does not pass unnoticed. */
export interface SequenceResult {
  readonly actions: number
  /** Sessions by their level, counted after each action. */
  readonly sessions: Readonly<Record<1 | 2, number>>
}

/**
 * Runs generated sequences of sign-ins, second steps, step-ups and changes against the app, and compares every session
 * with a model of what was shown: none has a level, or a method, that was not. Throws with the shortest sequence that
 * has one.
 */
export async function checkSequences({ runs, seed }: SequenceRun): Promise<SequenceResult> {
  await using app = await openSequenceApp()
  const counts = { actions: 0, sessions: { 1: 0, 2: 0 } }
  const property = fc.asyncProperty(sequence, (actions) => runSequence(app, actions, counts))
  await fc.assert(property, { numRuns: runs, seed })
  return counts
}

const browser = fc.constantFrom<0 | 1>(0, 1)
const mostly = fc.constantFrom(true, true, true, false)
const factor = fc.constantFrom('code', 'code', ...presentedFactors)

const action: fc.Arbitrary<Action> = fc.oneof(
  weighted(5, { kind: fc.constant('sign-in'), browser, isCorrect: mostly }),
  weighted(5, { kind: fc.constant('second-step'), browser, factor, trust: fc.boolean() }),
  weighted(3, {
    kind: fc.constant('step-up'),
    browser,
    isCorrect: mostly,
    factor: fc.oneof(factor, fc.constant('none')),
  }),
  weighted(4, {
    kind: fc.constantFrom('provider-sign-in', 'provider-confirm', 'provider-confirm'),
    browser,
    isOwn: mostly,
    time: fc.constantFrom('now', 'now', ...presentedTimes),
  }),
  weighted(2, { kind: fc.constant('factor-alone'), browser }),
  weighted(1, { kind: fc.constant('use-pending-as-session'), browser }),
  weighted(1, { kind: fc.constantFrom('visit', 'sign-out'), browser }),
  weighted(1, {
    kind: fc.constant('advance'),
    seconds: fc.constantFrom(1, 60, 599, 601, 899, 901, 1_801, 86_401),
  }),
  weighted(4, {
    kind: fc.constantFrom(
      ...(['add-authenticator', 'add-authenticator', 'create-codes', 'create-codes'] as const),
      ...(['remove-authenticator', 'reset-password', 'end-all'] as const),
    ),
  }),
  { weight: 1, arbitrary: fc.constantFrom<Action>({ kind: 'restart' }, { kind: 'create-codes' }) },
)

function weighted<Fields>(
  weight: number,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
) {
  return { weight, arbitrary: fc.record(fields) }
}

/** The usual order, which single actions rarely have by chance. */
const usualSignIn: fc.Arbitrary<readonly Action[]> = fc
  .record({ browser, factor, trust: fc.boolean(), hasFactor: fc.boolean() })
  .map(({ browser, factor, trust, hasFactor }) => [
    ...(hasFactor ? [] : [{ kind: 'add-authenticator' } as const]),
    { kind: 'sign-in', browser, isCorrect: true },
    { kind: 'second-step', browser, factor, trust },
  ])

const sequence = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: action.map((each) => [each]) },
      { weight: 1, arbitrary: usualSignIn },
    ),
    { minLength: 4, maxLength: 12 },
  )
  .map((parts) => parts.flat())

interface Counts {
  actions: number
  readonly sessions: Record<1 | 2, number>
}

async function runSequence(
  app: SequenceApp,
  actions: readonly Action[],
  counts: Counts,
): Promise<void> {
  const world = await createWorld(app)
  for (const each of actions) {
    await runAction(world, each)
    await checkSessions(world, each, counts)
  }
  counts.actions += actions.length
}

async function checkSessions(world: World, { kind }: Action, counts: Counts): Promise<void> {
  const sessions = await world.app.running().sessions.listForUser(world.userId)
  const endsAll = kind === 'reset-password' || kind === 'end-all'
  if (endsAll && sessions.length > 0) throw new Error(`A session outlived ${kind}.`)
  for (const { id, assuranceLevel, methods } of sessions) {
    const shown = await shownIn(world, id)
    const hasFirst = shown.has('password') || shown.has('provider')
    const level = hasFirst && shown.has('factor') ? 2 : 1
    if (assuranceLevel > level) throw new Error(`Level ${assuranceLevel} after ${kind}.`)
    if (methods.some(({ method }) => method === 'otp') && !shown.has('factor')) {
      throw new Error(`A factor that was not shown, after ${kind}.`)
    }
    checkProvider(world, { id, methods, shown }, kind)
    counts.sessions[assuranceLevel === 1 ? 1 : 2] += 1
  }
}

interface CheckedSession {
  readonly id: string
  readonly methods: readonly UsedMethod[]
  readonly shown: ReadonlySet<Shown>
}

function checkProvider(world: World, { id, methods, shown }: CheckedSession, kind: string): void {
  if (methods.some(({ method }) => method === 'pwd') && !shown.has('password')) {
    throw new Error(`A password that was not shown, after ${kind}.`)
  }
  const fed = methods.find(({ method }) => method === 'fed')
  if (fed === undefined) return
  const times = world.browsers.map(({ providerTimes }) => providerTimes.get(id) ?? -1)
  if (!shown.has('provider') || fed.at > Math.max(...times)) {
    throw new Error(`A sign-in at the provider that does not count, after ${kind}.`)
  }
}

/** What was shown in a session. A new one has what was shown in the sign-in of the browser that has its cookie. */
async function shownIn(world: World, id: string): Promise<ReadonlySet<Shown>> {
  const known = world.browsers.map(({ sessions }) => sessions.get(id)).find((each) => each)
  if (known !== undefined) return known
  const owner = world.browsers.find((model) => sessionIdOf(model) === id)
  if (owner === undefined) throw new Error('A session that no browser has started.')
  const shown = owner.pending?.shown ?? new Set<Shown>()
  if (!shown.has('password') && !shown.has('provider')) {
    throw new Error('A session without a password or provider.')
  }
  if (!shown.has('factor') && !(await mayLackFactor(world, owner))) {
    throw new Error('A session without the second factor.')
  }
  owner.sessions.set(id, shown)
  const providerTime = owner.pending?.providerTime
  if (providerTime !== undefined) owner.providerTimes.set(id, providerTime)
  owner.pending = null
  return shown
}

async function mayLackFactor(world: World, owner: BrowserModel): Promise<boolean> {
  return owner.isTrusted || (await userOf(world)).secondFactors === 0
}
