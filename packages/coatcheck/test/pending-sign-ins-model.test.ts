import { DatabaseSync } from 'node:sqlite'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createSqliteSessionStore, migrateSqliteSessions } from 'coatcheck/sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { UserId } from '../src/domain/session.ts'
import { hour, type Instant, minute } from '../src/domain/time.ts'
import type { SessionStore } from '../src/ports/session-store.ts'
import { openSessions } from './support/open-sessions.ts'

interface Begin {
  readonly type: 'begin'
  readonly user: UserId
  /** How long ago the credentials were checked, in ms. */
  readonly age: number
  /** Index of the token that the client presents. */
  readonly over: number
}

interface OnToken {
  readonly type: 'find' | 'attempt' | 'complete' | 'cancel'
  readonly index: number
}

interface OnUser {
  readonly type: 'revoke-all' | 'change-factor'
  readonly user: UserId
}

interface OnTime {
  readonly type: 'advance' | 'advance-and-sweep'
  readonly by: number
}

type Step = Begin | OnToken | OnUser | OnTime

/** The index of no token. */
const none = 99

const attempts = ['attempt', 'attempt', 'attempt', 'attempt'] as const
const completions = ['complete', 'complete'] as const

const user = fc.constantFrom('ada', 'grace')
const index = fc.nat(1)

const begin: fc.Arbitrary<Begin> = fc.record({
  type: fc.constant('begin'),
  user,
  age: fc.nat(1),
  over: fc.constantFrom(0, 1, none, none, none),
})
const onToken: fc.Arbitrary<OnToken> = fc.record({
  type: fc.constantFrom(...attempts, ...completions, 'find', 'cancel'),
  index,
})
const onUser: fc.Arbitrary<OnUser> = fc.record({
  type: fc.constantFrom('revoke-all', 'change-factor'),
  user,
})
const onTime: fc.Arbitrary<OnTime> = fc.record({
  type: fc.constantFrom('advance', 'advance-and-sweep'),
  by: fc.constantFrom(1, 5 * minute, 10 * minute, hour),
})

/** Few users, tokens and instants, so that they meet. Fewer steps than the pending sign-ins that a user may have. */
const history = fc.array(
  fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { arbitrary: begin, weight: 2 },
    { arbitrary: onToken, weight: 12 },
    { arbitrary: onUser, weight: 1 },
    { arbitrary: onTime, weight: 2 },
  ),
  { minLength: 10, maxLength: 19, size: 'max' },
)

/** What is known about an issued token. */
interface Expected {
  readonly user: UserId
  readonly expiresAt: Instant
  attempts: number
  isStored: boolean
}

/** A model of pending sign-ins: what each call must return. */
function createModel() {
  const tokens: Expected[] = []
  const endedAt = new Map<UserId, Instant>()
  const live = new Map<UserId, number>()

  function unusable(at: number, now: Instant): string | null {
    const expected = tokens[at]
    if (expected?.isStored !== true) return 'ended'
    return now >= expected.expiresAt ? 'expired' : null
  }

  function end(of: UserId, now: Instant): void {
    endedAt.set(of, Math.max(now, endedAt.get(of) ?? now))
    for (const each of tokens) if (each.user === of) each.isStored = false
  }

  return {
    tokens,
    live,
    begin(of: UserId, { now, checkedAt, over }: Record<'now' | 'checkedAt' | 'over', number>) {
      if (checkedAt <= (endedAt.get(of) ?? Number.NEGATIVE_INFINITY)) return 'credentials-outdated'
      const replaced = tokens[over]
      if (replaced !== undefined) replaced.isStored = false
      tokens.push({ user: of, expiresAt: now + 10 * minute, attempts: 0, isStored: true })
      return 'pending'
    },
    find: (at: number, now: Instant) =>
      unusable(at, now) ?? ((tokens[at]?.attempts ?? 0) >= 5 ? 'too-many-attempts' : 'pending'),
    attempt(at: number, now: Instant) {
      const reason = unusable(at, now)
      const expected = tokens[at]
      if (reason !== null || expected === undefined) return reason
      expected.attempts += 1
      return expected.attempts <= 5 ? 'allowed' : 'too-many-attempts'
    },
    complete(at: number, now: Instant) {
      const reason = unusable(at, now)
      const expected = tokens[at]
      if (reason !== null || expected === undefined) return reason
      if (expected.attempts === 0) return 'invalid-argument'
      expected.isStored = false
      live.set(expected.user, (live.get(expected.user) ?? 0) + 1)
      return 'signed-in'
    },
    cancel(at: number) {
      const expected = tokens[at]
      if (expected !== undefined) expected.isStored = false
    },
    changeFactor: end,
    revokeAll(of: UserId, now: Instant) {
      end(of, now)
      live.set(of, 0)
    },
    sweep(now: Instant) {
      for (const each of tokens) if (now - hour > each.expiresAt) each.isStored = false
    },
  }
}

function open(store: SessionStore) {
  const { sessions, clock } = openSessions({ store, timeouts: { absolute: '365d', idle: '365d' } })
  const { pendingSignIns } = sessions
  const model = createModel()
  const tokens: string[] = []

  async function beginOne({ user: userId, age, over }: Begin): Promise<void> {
    const now = clock.now()
    const checkedAt = now - age
    const presentedToken = tokens[over] ?? null
    const request = { userId, methods: ['pwd'], presentedToken } as const
    const started = await pendingSignIns.begin({ ...request, credentialsCheckedAt: checkedAt })
    expect(resultOf(started)).toBe(model.begin(userId, { now, checkedAt, over }))
    if (started.status === 'pending') tokens.push(started.token)
  }

  async function complete(at: number): Promise<string> {
    const completing = pendingSignIns.complete(tokens[at] ?? unknownToken, { methods: ['otp'] })
    const outcome = await completing.catch((error: unknown) => {
      return { status: 'rejected', reason: String(Reflect.get(Object(error), 'code')) } as const
    })
    if (outcome.status === 'signed-in') {
      expect(outcome.session).toMatchObject({ userId: model.tokens[at]?.user, assuranceLevel: 2 })
    }
    return resultOf(outcome)
  }

  async function useToken({ type, index: at }: OnToken): Promise<void> {
    const token = tokens[at] ?? unknownToken
    const now = clock.now()
    if (type === 'find') {
      expect(resultOf(await pendingSignIns.find(token))).toBe(model.find(at, now))
    } else if (type === 'attempt') {
      expect(resultOf(await pendingSignIns.attempt(token))).toBe(model.attempt(at, now))
    } else if (type === 'complete') {
      expect(await complete(at)).toBe(model.complete(at, now))
    } else {
      await pendingSignIns.cancel(token)
      model.cancel(at)
    }
  }

  async function endAll({ type, user: userId }: OnUser): Promise<void> {
    if (type === 'change-factor') {
      await pendingSignIns.endForUser(userId)
      model.changeFactor(userId, clock.now())
    } else {
      await sessions.revokeAllForUser(userId, { reason: 'password-changed' })
      model.revokeAll(userId, clock.now())
    }
  }

  async function advance({ type, by }: OnTime): Promise<void> {
    clock.advance(by)
    if (type === 'advance') return
    await sessions.sweep()
    model.sweep(clock.now())
  }

  return {
    async run(step: Step) {
      if ('index' in step) await useToken(step)
      else if ('by' in step) await advance(step)
      else if (step.type === 'begin') await beginOne(step)
      else await endAll(step)
    },
    async checkSessions() {
      for (const each of ['ada', 'grace']) {
        const listed = await sessions.listForUser(each)
        expect(listed).toHaveLength(model.live.get(each) ?? 0)
      }
      for (const token of tokens) expect((await sessions.verify(token)).status).toBe('none')
      await sessions.close()
    },
  }
}

function resultOf(outcome: { readonly status: string; readonly reason?: string }): string {
  return outcome.reason ?? outcome.status
}

async function check(store: SessionStore, steps: readonly Step[]): Promise<void> {
  const { run, checkSessions } = open(store)
  for (const step of steps) await run(step)
  await checkSessions()
}

const unknownToken = `${'A'.repeat(22)}.${'A'.repeat(43)}`

describe.each([
  { name: 'memory', openStore: createMemorySessionStore, numRuns: 500 },
  {
    name: 'SQLite',
    openStore() {
      const database = new DatabaseSync(':memory:')
      migrateSqliteSessions(database)
      return createSqliteSessionStore(database)
    },
    numRuns: 50,
  },
])('generated histories of pending sign-ins on $name', ({ openStore, numRuns }) => {
  it('create a session only after a counted attempt, once, and never after all were ended', async () => {
    await fc.assert(
      fc.asyncProperty(history, (steps) => check(openStore(), steps)),
      { numRuns },
    )
  })
})
