import fc from 'fast-check'
import { it } from 'vitest'
import {
  type AuthenticationMethod,
  assuranceLevelOf,
  type UsedMethod,
} from '../domain/authentication.ts'
import type { Session } from '../domain/session.ts'
import { second } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createSessions } from './create-sessions.ts'

/** `npm run sequences` checks ten thousand. */
const { SEQUENCES = '300', SEQUENCES_SEED = '20260115' } = process.env

type Methods = readonly AuthenticationMethod[]

/** A token, and what its holder has authenticated with. */
interface Holder {
  readonly token: string
  readonly sessionId: string
  readonly shown: readonly UsedMethod[]
}

interface Issued {
  readonly status: string
  readonly token?: string
  readonly session?: Session
}

const userId = 'ada'
const clock = createFakeClock()
const used = (methods: Methods) => methods.map((method) => ({ method, at: clock.now() }))

/** Every operation on the sessions of a user. Each calls `issued` for a new token. */
function createOperations(holders: readonly Holder[]) {
  const store = createMemorySessionStore()
  const open = () => createSessions({ store, clock, data: { initial: {} } })
  let sessions = open()
  const issuedTokens: (readonly [Issued, readonly UsedMethod[]])[] = []
  const issued = (outcome: Issued, shown: readonly UsedMethod[]) =>
    issuedTokens.push([outcome, shown])

  async function signIn(methods: Methods, presentedToken: string | null): Promise<void> {
    issued(await sessions.signIn({ userId, methods, presentedToken }), used(methods))
  }

  async function stepUp(methods: Methods, holder: Holder | undefined): Promise<void> {
    if (holder === undefined) return
    const outcome = await sessions.stepUp(holder.token, { methods })
    issued(outcome, [...holder.shown, ...used(methods)])
  }

  async function rotate(grace: 0 | '10s', [holder] = holders): Promise<void> {
    if (holder !== undefined) issued(await sessions.rotate(holder.token, { grace }), holder.shown)
  }

  async function signInInSteps(methods: Methods): Promise<void> {
    const { pendingSignIns } = sessions
    const request = { userId, methods: ['pwd'], credentialsCheckedAt: clock.now() } as const
    const begun = await pendingSignIns.begin(request)
    const shown = used(['pwd'])
    clock.advance(second)
    if (begun.status !== 'pending' || methods.length === 0) return
    await pendingSignIns.attempt(begun.token)
    const outcome = await pendingSignIns.complete(begun.token, { methods })
    issued(outcome, [...shown, ...used(methods)])
  }

  return {
    issuedTokens,
    verify: (token: string) => sessions.verify(token),
    operations: {
      signIn: (methods: Methods) => signIn(methods, null),
      signInAgain: (methods: Methods) => signIn(methods, holders[0]?.token ?? null),
      signInInSteps,
      stepUp: (methods: Methods) => stepUp(methods, holders[0]),
      stepUpByOldToken: (methods: Methods) => stepUp(methods, holders[1]),
      rotate: () => rotate(0),
      rotateWithGrace: () => rotate('10s'),
      save: async () => sessions.saveData(holders[0]?.sessionId ?? '', {}),
      requireStepUp: async () => sessions.requireStepUp(holders[0]?.sessionId ?? ''),
      revokeAll: () => sessions.revokeAllForUser(userId, { reason: 'password-changed' }),
      restart: async () => {
        sessions = open()
      },
      wait: async () => clock.advance(3 * second),
    },
  }
}

type Name = keyof ReturnType<typeof createOperations>['operations']

const steps = fc.array(
  fc.record({
    name: fc.constantFrom<Name[]>(
      'signIn',
      'signInAgain',
      'signInInSteps',
      'stepUp',
      'stepUpByOldToken',
      'rotate',
      'rotateWithGrace',
      'save',
      'requireStepUp',
      'revokeAll',
      'restart',
      'wait',
    ),
    methods: fc.subarray<AuthenticationMethod>(['pwd', 'otp', 'swk', 'user', 'rba', 'hwk', 'pin']),
  }),
  { maxLength: 20, size: 'max' },
)

type Steps = typeof steps extends fc.Arbitrary<infer Value> ? Value : never

/** Performs the steps. After each, no token may show more than its holder has. */
async function checkSteps(sequence: Steps): Promise<void> {
  const holders: Holder[] = []
  const { operations, issuedTokens, verify } = createOperations(holders)
  for (const { name, methods } of sequence) {
    await operations[name](methods)
    for (const [{ token, session }, shown] of issuedTokens.splice(0)) {
      if (token === undefined || session === undefined) continue
      requireShown(session, shown)
      holders.unshift({ token, sessionId: session.id, shown })
    }
    for (const { token, shown } of holders.slice(0, 4)) {
      const verified = await verify(token)
      if (verified.status === 'active') requireShown(verified.session, shown)
    }
  }
}

function requireShown({ methods, assuranceLevel }: Session, shown: readonly UsedMethod[]): void {
  const isShown = ({ method, at }: UsedMethod) =>
    shown.some((each) => each.method === method && each.at === at)
  const isJustified = methods.every(isShown) && assuranceLevel <= assuranceLevelOf(shown)
  if (!isJustified) throw new Error(JSON.stringify({ methods, assuranceLevel, shown }))
}

it('no sequence of operations gives a token a level that its holder has not authenticated for', async () => {
  const property = fc.asyncProperty(steps, checkSteps)
  await fc.assert(property, { numRuns: Number(SEQUENCES), seed: Number(SEQUENCES_SEED) })
}, 3_600_000)
