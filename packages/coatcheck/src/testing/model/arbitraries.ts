import fc from 'fast-check'
import type { UsedMethod } from '../../domain/authentication.ts'
import type { SecretHash, SessionId, SessionRecord, UserId } from '../../domain/session.ts'
import { day, type Instant } from '../../domain/time.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import { plainInsertion } from '../fixtures.ts'
import { type Operation, type OperationOf, sessionIds } from './operation.ts'

const userIds: readonly UserId[] = ['ada', 'Ada']

/** Distance between instants, in ms. It leaves room to make every `createdAt` different. */
const tick = 100

/** Stands for the store's clock: after the instants of generated histories, except those of wrong clocks. */
export const afterHistories = anInstant + 50 * 365 * day

/** Instants of processes whose clocks are ahead of the store's. */
const checkByWrongClock = anInstant + 100 * 365 * day
const endByWrongClock = anInstant + 1_000 * 365 * day

const userId = fc.constantFrom(...userIds)
const at = instantWithin(0, 14)
const secret: fc.Arbitrary<SecretHash> = fc
  .integer({ min: 1, max: 2 })
  .map((byte) => new Uint8Array(32).fill(byte))
const reason = fc.constantFrom('signed-out', 'password-changed', 'ended-by-operator')
const ending = fc.record({ reason, at, by: fc.option(userId, { nil: null }) })
const length = fc.constantFrom(0, tick, 3 * tick)
const limit = fc.integer({ min: 1, max: 3 })
const whenFull = fc.constantFrom('evict-oldest', 'refuse')

/** Of both levels. */
const methods: fc.Arbitrary<readonly UsedMethod[]> = fc.constantFrom(
  [],
  [{ method: 'pwd', at: anInstant }],
  [
    { method: 'pwd', at: anInstant },
    { method: 'otp', at: anInstant + tick },
  ],
)

type Id = fc.Arbitrary<SessionId>
const anyId: Id = fc.constantFrom(...sessionIds)

function instantWithin(from: number, to: number): fc.Arbitrary<Instant> {
  return fc.integer({ min: from, max: to }).map((ticks) => anInstant + ticks * tick)
}

/** Every `createdAt` is different: the cap may end either of two sessions of the same age. */
function record(id: Id): fc.Arbitrary<SessionRecord> {
  const fields = fc.record({
    id,
    userId,
    secretHash: secret,
    createdAt: instantWithin(0, 3),
    lastActivityAt: instantWithin(4, 7),
    expiresAt: instantWithin(8, 14),
    idleTimeout: fc.constantFrom(2 * tick, 4 * tick, 9 * tick),
    dataVersion: fc.nat(1),
    methods,
  })
  return fields.map((values) => {
    const createdAt = values.createdAt + sessionIds.indexOf(values.id)
    return aSessionRecord({ ...values, createdAt, csrfSecret: new Uint8Array(32) })
  })
}

function insert(id: Id): fc.Arbitrary<OperationOf<'insert'>> {
  const insertion = fc.record({
    record: record(id),
    replaces: fc.option(id, { nil: null }),
    completes: fc.constant(null),
    cap: fc.option(fc.record({ limit, whenFull }), { nil: null }),
    credentialsCheckedAt: fc.oneof(
      { arbitrary: at, weight: 7 },
      fc.constantFrom(checkByWrongClock, null),
    ),
  })
  return fc.record({ type: fc.constant('insert'), insertion })
}

function replaceSecret(id: Id): fc.Arbitrary<OperationOf<'replaceSecret'>> {
  const csrfSecret = fc.option(secret, { nil: null })
  const authentication = fc.option(
    fc.record({ expiresAt: at, methods, previousMethods: methods }),
    { nil: null },
  )
  const replacement = fc.record({
    from: secret,
    to: secret,
    csrfSecret,
    authentication,
    previousExpiresAt: at,
    at,
  })
  return fc.record({ type: fc.constant('replaceSecret'), id, replacement })
}

function updateData(id: Id): fc.Arbitrary<OperationOf<'updateData'>> {
  const append = fc.constantFrom('a', "'", '', null)
  return fc.record({ type: fc.constant('updateData'), id, append })
}

function touch(id: Id, maxLength: number): fc.Arbitrary<OperationOf<'touch'>> {
  const activities = fc.array(fc.record({ id, at }), { maxLength })
  return fc.record({ type: fc.constant('touch'), activities, precision: length })
}

function end(id: Id): fc.Arbitrary<OperationOf<'end'>> {
  return fc.record({ type: fc.constant('end'), id, ending })
}

function endByUser(id: Id): fc.Arbitrary<OperationOf<'endByUser'>> {
  const except = fc.option(id, { nil: null })
  const by = fc.option(userId, { nil: null })
  const anyAt = fc.oneof({ arbitrary: at, weight: 4 }, fc.constant(endByWrongClock))
  const wideEnding = fc.record({ reason, at: anyAt, by })
  return fc.record({ type: fc.constant('endByUser'), userId, ending: wideEnding, except })
}

function endExpired(sweepLimit: fc.Arbitrary<number>): fc.Arbitrary<OperationOf<'endExpired'>> {
  const sweep = fc.record({ at, idleGrace: length, limit: sweepLimit, cursor: fc.constant(null) })
  return fc.record({ type: fc.constant('endExpired'), sweep })
}

const purge: fc.Arbitrary<OperationOf<'purge'>> = fc.record({
  type: fc.constant('purge'),
  endedBefore: at,
  limit,
})

function readOperation(id: Id): fc.Arbitrary<Operation> {
  const find = fc.record({ type: fc.constant('find'), id })
  const listByUser = fc.record({ type: fc.constant('listByUser'), userId, at })
  return fc.oneof(find, listByUser)
}

/** Operations to run one after another. */
export const history: fc.Arbitrary<readonly Operation[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Operation>[]>(
    { arbitrary: insert(anyId), weight: 8 },
    { arbitrary: replaceSecret(anyId), weight: 3 },
    { arbitrary: updateData(anyId), weight: 3 },
    { arbitrary: touch(anyId, 6), weight: 3 },
    { arbitrary: readOperation(anyId), weight: 3 },
    { arbitrary: end(anyId), weight: 2 },
    { arbitrary: endByUser(anyId), weight: 1 },
    { arbitrary: endExpired(limit), weight: 1 },
    { arbitrary: purge, weight: 1 },
  ),
  { maxLength: 40, size: 'max' },
)

/** Inserts one session with every id, for concurrent batches to change. */
export const initialState: fc.Arbitrary<readonly Operation[]> = fc
  .tuple(...sessionIds.map((id) => record(fc.constant(id))))
  .map((records) =>
    records.map((each) => ({ type: 'insert', insertion: plainInsertion(each) }) as const),
  )

/**
 * Operations to run concurrently, on one or two sessions so that they collide. Operations of several
 * calls are left out (a sweep in pages, a purge with the reads after it). `touch` has one session per
 * call: databases change the rows of a batch in an order that is visible to concurrent operations.
 */
export const concurrentBatch: fc.Arbitrary<readonly Operation[]> = fc
  .uniqueArray(anyId, { minLength: 1, maxLength: 2 })
  .chain((ids) =>
    fc.array(concurrentOperation(fc.constantFrom(...ids)), { minLength: 2, maxLength: 5 }),
  )

function concurrentOperation(id: Id): fc.Arbitrary<Operation> {
  return fc.oneof<fc.WeightedArbitrary<Operation>[]>(
    { arbitrary: insert(anyId), weight: 3 },
    { arbitrary: replaceSecret(id), weight: 6 },
    { arbitrary: updateData(id), weight: 4 },
    { arbitrary: touch(id, 1), weight: 4 },
    { arbitrary: readOperation(id), weight: 1 },
    { arbitrary: end(id), weight: 2 },
    { arbitrary: endByUser(id), weight: 1 },
    { arbitrary: endExpired(fc.constant(100)), weight: 3 },
  )
}
