import fc from 'fast-check'
import type { AccessTokenRecord, GrantId, GrantRecord } from '../../domain/grant.ts'
import type { SecretHash, UserId } from '../../domain/session.ts'
import { day, type Instant } from '../../domain/time.ts'
import { aGrantRecord, anInstant } from '../builders.ts'
import { grantInsertion } from '../grant-store/fixtures.ts'
import { type GrantOperation, type GrantOperationOf, grantIds } from './operation.ts'

const userIds: readonly UserId[] = ['ada', 'Ada']
const clientIds: readonly string[] = ['cli', 'web']

/** Distance between instants, in ms. It leaves room to make every `createdAt` different. */
const tick = 100

/** Stands for the store's clock: after the instants of generated histories, except those of wrong clocks. */
export const afterGrantHistories = anInstant + 50 * 365 * day

/** Instants of processes whose clocks are ahead of the store's. */
const authorizedByWrongClock = anInstant + 100 * 365 * day
const endByWrongClock = anInstant + 1_000 * 365 * day

const userId = fc.constantFrom(...userIds)
const clientId = fc.constantFrom(...clientIds)
const at = instantWithin(0, 14)
const secret: fc.Arbitrary<SecretHash> = fc
  .integer({ min: 1, max: 2 })
  .map((byte) => new Uint8Array(32).fill(byte))
const ending = fc.record({
  reason: fc.constantFrom('ended-by-user', 'refresh-token-reused', 'ended-by-operator'),
  at,
  by: fc.option(userId, { nil: null }),
})
const limit = fc.integer({ min: 1, max: 3 })

/** With a prototype, like the records that stores return. */
const accessToken: fc.Arbitrary<AccessTokenRecord> = fc.record(
  {
    secretHash: secret,
    scopes: fc.constantFrom([], ['links:read'], ['links:read', 'links:write']),
    expiresAt: at,
  },
  { noNullPrototype: true },
)

type Id = fc.Arbitrary<GrantId>
const anyId: Id = fc.constantFrom(...grantIds)

function instantWithin(from: number, to: number): fc.Arbitrary<Instant> {
  return fc.integer({ min: from, max: to }).map((ticks) => anInstant + ticks * tick)
}

/** Every `createdAt` is different: the limit may end either of two grants of the same age. */
function record(id: Id): fc.Arbitrary<GrantRecord> {
  const fields = fc.record({
    id,
    userId,
    clientId,
    familyHash: secret,
    refreshSecretHash: secret,
    accessToken,
    previousAccessToken: fc.option(accessToken, { nil: null }),
    createdAt: instantWithin(0, 3),
    lastRefreshedAt: instantWithin(4, 7),
    expiresAt: instantWithin(8, 14),
    idleTimeout: fc.constantFrom(2 * tick, 4 * tick, 9 * tick),
  })
  return fields.map((values) => {
    const createdAt = values.createdAt + grantIds.indexOf(values.id)
    return aGrantRecord({ ...values, createdAt })
  })
}

function insert(id: Id): fc.Arbitrary<GrantOperationOf<'insert'>> {
  const authorizedAt = fc.oneof({ arbitrary: at, weight: 7 }, fc.constant(authorizedByWrongClock))
  const insertion = fc.record({ record: record(id), authorizedAt, limit })
  return fc.record({ type: fc.constant('insert'), insertion })
}

function rotate(id: Id): fc.Arbitrary<GrantOperationOf<'rotate'>> {
  const rotation = fc.record({
    from: secret,
    to: secret,
    accessToken,
    salt: secret,
    at,
    graceExpiresAt: at,
  })
  return fc.record({ type: fc.constant('rotate'), id, rotation })
}

function end(id: Id): fc.Arbitrary<GrantOperationOf<'end'>> {
  return fc.record({ type: fc.constant('end'), id, ending })
}

const endByUser: fc.Arbitrary<GrantOperationOf<'endByUser'>> = fc.record({
  type: fc.constant('endByUser'),
  userId,
  ending: fc
    .tuple(ending, fc.oneof({ arbitrary: at, weight: 4 }, fc.constant(endByWrongClock)))
    .map(([each, endedAt]) => ({ ...each, at: endedAt })),
})

function endByClient(
  endLimit: fc.Arbitrary<number>,
): fc.Arbitrary<GrantOperationOf<'endByClient'>> {
  return fc.record({ type: fc.constant('endByClient'), clientId, ending, limit: endLimit })
}

function endExpired(
  sweepLimit: fc.Arbitrary<number>,
): fc.Arbitrary<GrantOperationOf<'endExpired'>> {
  return fc.record({ type: fc.constant('endExpired'), at, limit: sweepLimit })
}

const purge: fc.Arbitrary<GrantOperationOf<'purge'>> = fc.record({
  type: fc.constant('purge'),
  endedBefore: at,
  limit,
})

function readOperation(id: Id): fc.Arbitrary<GrantOperation> {
  const find = fc.record({ type: fc.constant('find'), id })
  const listByUser = fc.record({ type: fc.constant('listByUser'), userId, at })
  return fc.oneof(find, listByUser)
}

/** Operations to run one after another. */
export const grantHistory: fc.Arbitrary<readonly GrantOperation[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<GrantOperation>[]>(
    { arbitrary: insert(anyId), weight: 8 },
    { arbitrary: rotate(anyId), weight: 6 },
    { arbitrary: readOperation(anyId), weight: 3 },
    { arbitrary: end(anyId), weight: 2 },
    { arbitrary: endByUser, weight: 1 },
    { arbitrary: endByClient(limit), weight: 1 },
    { arbitrary: endExpired(limit), weight: 1 },
    { arbitrary: purge, weight: 1 },
  ),
  { maxLength: 40, size: 'max' },
)

/** Inserts one grant with every id, for concurrent batches to change. */
export const initialGrants: fc.Arbitrary<readonly GrantOperation[]> = fc
  .tuple(...grantIds.map((id) => record(fc.constant(id))))
  .map((records) =>
    records.map((each) => ({ type: 'insert', insertion: grantInsertion(each) }) as const),
  )

/**
 * Operations to run concurrently, on one or two grants so that they collide. Operations of several calls are left out (a
 * sweep in pages, a purge with the reads after it).
 */
export const concurrentGrantBatch: fc.Arbitrary<readonly GrantOperation[]> = fc
  .uniqueArray(anyId, { minLength: 1, maxLength: 2 })
  .chain((ids) =>
    fc.array(concurrentOperation(fc.constantFrom(...ids)), { minLength: 2, maxLength: 5 }),
  )

function concurrentOperation(id: Id): fc.Arbitrary<GrantOperation> {
  return fc.oneof<fc.WeightedArbitrary<GrantOperation>[]>(
    { arbitrary: insert(anyId), weight: 3 },
    { arbitrary: rotate(id), weight: 10 },
    { arbitrary: readOperation(id), weight: 1 },
    { arbitrary: end(id), weight: 3 },
    { arbitrary: endByUser, weight: 1 },
    { arbitrary: endByClient(fc.constant(100)), weight: 1 },
    { arbitrary: endExpired(fc.constant(100)), weight: 3 },
  )
}
