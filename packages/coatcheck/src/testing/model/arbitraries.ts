import fc from 'fast-check'
import type { SecretHash, SessionId, SessionRecord, UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import { anInstant, aSessionRecord, toSessionId } from '../builders.ts'
import type { Operation, OperationOf } from './operation.ts'

/** The whole world of a generated history: small, so that operations meet. Ids differ by case only. */
export const sessionIds: readonly SessionId[] = ['a', 'A', 'b', 'B', 'c', 'C'].map(toSessionId)
const userIds: readonly UserId[] = ['ada', 'Ada']

/** Instants are a tenth of a second apart; that leaves room to make every `createdAt` different. */
const tick = 100

const id = fc.constantFrom(...sessionIds)
const userId = fc.constantFrom(...userIds)
const at = instantWithin(0, 14)
const secret: fc.Arbitrary<SecretHash> = fc
  .integer({ min: 1, max: 3 })
  .map((byte) => new Uint8Array(32).fill(byte))
const reason = fc.constantFrom('signed-out', 'password-changed', 'ended-by-administrator')
const ending = fc.record({ reason, at, by: fc.option(userId, { nil: null }) })
const length = fc.constantFrom(0, tick, 3 * tick)
const limit = fc.integer({ min: 1, max: 3 })

function instantWithin(from: number, to: number): fc.Arbitrary<Instant> {
  return fc.integer({ min: from, max: to }).map((ticks) => anInstant + ticks * tick)
}

/** No two sessions have one `createdAt`, for of two of one age a cap may end either. */
const record: fc.Arbitrary<SessionRecord> = fc
  .record({
    id,
    userId,
    secretHash: secret,
    createdAt: instantWithin(0, 3),
    lastActivityAt: instantWithin(4, 7),
    expiresAt: instantWithin(8, 14),
    idleTimeout: fc.constantFrom(tick, 3 * tick, 9 * tick),
    dataVersion: fc.nat(2),
  })
  .map((fields) => {
    const createdAt = fields.createdAt + sessionIds.indexOf(fields.id)
    return aSessionRecord({ ...fields, createdAt, csrfSecret: new Uint8Array(32) })
  })

const insert: fc.Arbitrary<OperationOf<'insert'>> = fc.record({
  type: fc.constant('insert'),
  insertion: fc.record({
    record,
    replaces: fc.option(id, { nil: null }),
    cap: fc.option(fc.record({ limit, whenFull: fc.constantFrom('evict-oldest', 'refuse') }), {
      nil: null,
    }),
    credentialsCheckedAt: fc.option(at, { nil: null }),
  }),
})

const replaceSecret: fc.Arbitrary<OperationOf<'replaceSecret'>> = fc.record({
  type: fc.constant('replaceSecret'),
  id,
  replacement: fc.record({
    from: secret,
    to: secret,
    csrfSecret: fc.option(secret, { nil: null }),
    previousExpiresAt: at,
    at,
  }),
})

const replaceData: fc.Arbitrary<OperationOf<'replaceData'>> = fc.record({
  type: fc.constant('replaceData'),
  id,
  replacement: fc.record({ from: fc.nat(3), data: fc.constantFrom('{}', '{"a":1}', "'") }),
})

function touch(most: number): fc.Arbitrary<OperationOf<'touch'>> {
  const activities = fc.array(fc.record({ id, at }), { maxLength: most })
  return fc.record({ type: fc.constant('touch'), activities, precision: length })
}

const end: fc.Arbitrary<OperationOf<'end'>> = fc.record({ type: fc.constant('end'), id, ending })

const endByUser: fc.Arbitrary<OperationOf<'endByUser'>> = fc.record({
  type: fc.constant('endByUser'),
  userId,
  ending,
  except: fc.option(id, { nil: null }),
})

function endExpired(most: fc.Arbitrary<number>): fc.Arbitrary<OperationOf<'endExpired'>> {
  const sweep = fc.record({ at, idleGrace: length, limit: most, cursor: fc.constant(null) })
  return fc.record({ type: fc.constant('endExpired'), sweep })
}

const purge: fc.Arbitrary<OperationOf<'purge'>> = fc.record({
  type: fc.constant('purge'),
  endedBefore: at,
  limit,
})

const find: fc.Arbitrary<OperationOf<'find'>> = fc.record({ type: fc.constant('find'), id })

const listByUser: fc.Arbitrary<OperationOf<'listByUser'>> = fc.record({
  type: fc.constant('listByUser'),
  userId,
  at,
})

const always = [
  { arbitrary: insert, weight: 8 },
  { arbitrary: replaceSecret, weight: 3 },
  { arbitrary: replaceData, weight: 3 },
  { arbitrary: end, weight: 2 },
  { arbitrary: endByUser, weight: 1 },
  { arbitrary: find, weight: 1 },
  { arbitrary: listByUser, weight: 2 },
]

/** Operations done one after another. */
export const history: fc.Arbitrary<readonly Operation[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Operation>[]>(
    ...always,
    { arbitrary: touch(6), weight: 3 },
    { arbitrary: endExpired(limit), weight: 1 },
    { arbitrary: purge, weight: 1 },
  ),
  { maxLength: 40, size: 'max' },
)

/**
 * Operations done at once. Left out is what takes several calls (a sweep in portions, a purge with a
 * look at what is left); and activity is of one session at a time, as the order in which databases
 * reach the rows of a batch shows.
 */
export const rush: fc.Arbitrary<readonly Operation[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Operation>[]>(
    ...always,
    { arbitrary: touch(1), weight: 3 },
    { arbitrary: endExpired(fc.constant(100)), weight: 1 },
  ),
  { minLength: 2, maxLength: 5, size: 'max' },
)
