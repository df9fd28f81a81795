import { expect } from 'vitest'
import { hour, minute } from '../../domain/time.ts'
import { anInstant, aSecretHash, aSessionId, aSessionRecord } from '../builders.ts'
import {
  anAuthentication,
  anEnding,
  aRotation,
  expectUnchanged,
  findExisting,
  insertAll,
} from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

export const rotationCases = sessionStoreCases('rotation', {
  async 'replaceSecret makes the old secret the previous one and sets the new one'({
    store,
    second,
  }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const rotation = aRotation(record, { previousExpiresAt: anInstant + 11_001 })

    expect(await store.replaceSecret(record.id, rotation)).toBe(true)

    expect(await second.find(record.id)).toEqual({
      ...record,
      secretHash: rotation.to,
      previousSecretHash: record.secretHash,
      previousSecretExpiresAt: anInstant + 11_001,
      rotatedAt: rotation.at,
    })
  },

  async 'replaceSecret replaces the CSRF secret if a new one is given'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const csrfSecret = aSecretHash()

    await store.replaceSecret(record.id, aRotation(record, { csrfSecret }))

    expect((await findExisting(store, record.id)).csrfSecret).toEqual(csrfSecret)
  },

  async 'replaceSecret restarts both timeouts for an authentication only'({ store, second }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const at = anInstant + minute
    const expiresAt = anInstant + 48 * hour
    const rotation = aRotation(record, { at, authentication: anAuthentication({ expiresAt }) })
    await store.replaceSecret(record.id, rotation)

    const found = await findExisting(second, record.id)
    const clocks = { authenticatedAt: at, lastActivityAt: at, expiresAt }
    expect(found).toMatchObject(clocks)
    const next = aRotation(found, { at: at + minute })
    await store.replaceSecret(record.id, next)
    expect(await second.find(record.id)).toMatchObject({ ...clocks, rotatedAt: at + minute })
  },

  async 'replaceSecret never moves activity back for an authentication'({ store }) {
    const lastActivityAt = anInstant + minute
    const record = aSessionRecord({ lastActivityAt })
    await insertAll(store, [record])
    const authentication = anAuthentication({ expiresAt: record.expiresAt })
    await store.replaceSecret(record.id, aRotation(record, { at: anInstant + 1, authentication }))
    expect(await findExisting(store, record.id)).toMatchObject({
      lastActivityAt,
      authenticatedAt: anInstant + 1,
    })
  },

  async 'replaceSecret does not revive a session past a timeout for an authentication'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const at = record.lastActivityAt + record.idleTimeout
    const authentication = anAuthentication({ expiresAt: at + hour })
    const late = aRotation(record, { at, authentication })
    expect(await store.replaceSecret(record.id, late)).toBe(false)
    await expectUnchanged(store, [record])
  },

  async 'replaceSecret keeps only the latest previous secret'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const first = aRotation(record, { previousExpiresAt: anInstant + minute })
    const next = aRotation(record, { from: first.to, at: anInstant + 2_000 })
    await store.replaceSecret(record.id, first)

    expect(await store.replaceSecret(record.id, next)).toBe(true)

    expect(await store.find(record.id)).toEqual({
      ...record,
      secretHash: next.to,
      previousSecretHash: first.to,
      previousSecretExpiresAt: anInstant + 2_000,
      rotatedAt: anInstant + 2_000,
    })
  },

  async 'replaceSecret changes no other session'({ store }) {
    const record = aSessionRecord()
    const other = aSessionRecord({ userId: record.userId, secretHash: record.secretHash })
    await insertAll(store, [record, other])

    await store.replaceSecret(record.id, aRotation(record))

    await expectUnchanged(store, [other])
  },

  async 'replaceSecret returns false for an absent session'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])

    expect(await store.replaceSecret(aSessionId(), aRotation(record))).toBe(false)
    await expectUnchanged(store, [record])
  },

  async 'replaceSecret returns false and changes nothing for another secret'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    await store.replaceSecret(
      record.id,
      aRotation(record, { previousExpiresAt: anInstant + minute }),
    )
    const before = await findExisting(store, record.id)

    // Neither the previous secret, even in its grace, nor an unknown one may be replaced.
    const fromPrevious = aRotation(record, { csrfSecret: aSecretHash() })
    const fromUnknown = aRotation(record, { from: aSecretHash() })
    const fromPart = aRotation(record, { from: before.secretHash.slice(0, 31) })
    for (const rotation of [fromPrevious, fromUnknown, fromPart]) {
      expect(await store.replaceSecret(record.id, rotation)).toBe(false)
    }
    await expectUnchanged(store, [before])
  },

  async 'replaceSecret returns false and changes nothing after the session has ended'({
    store,
    second,
  }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    await store.end(record.id, anEnding())
    const before = await findExisting(store, record.id)

    expect(await second.replaceSecret(record.id, aRotation(record))).toBe(false)
    await expectUnchanged(store, [before])
  },

  async 'replaceSecret returns false and changes nothing past a timeout, to the millisecond'({
    store,
  }) {
    const absolute = aSessionRecord({ expiresAt: anInstant + minute })
    const idle = aSessionRecord({ idleTimeout: minute })
    await insertAll(store, [absolute, idle])

    for (const record of [absolute, idle]) {
      const late = aRotation(record, { at: anInstant + minute })
      expect(await store.replaceSecret(record.id, late)).toBe(false)
      await expectUnchanged(store, [record])
      const inTime = aRotation(record, { at: anInstant + minute - 1 })
      expect(await store.replaceSecret(record.id, inTime)).toBe(true)
    }
  },

  async 'replaceSecret succeeds for exactly one of two concurrent rotations'({ store, second }) {
    for (let round = 0; round < 10; round += 1) {
      const record = aSessionRecord()
      await insertAll(store, [record])
      const rotations = [aRotation(record), aRotation(record)] as const

      const outcomes = await Promise.all([
        store.replaceSecret(record.id, rotations[0]),
        second.replaceSecret(record.id, rotations[1]),
      ])

      expect(outcomes.toSorted()).toEqual([false, true])
      const winner = rotations[outcomes[0] ? 0 : 1]
      const after = await findExisting(store, record.id)
      expect(after.secretHash).toEqual(winner.to)
      expect(after.previousSecretHash).toEqual(record.secretHash)
    }
  },

  async 'replaceSecret succeeds for exactly one of many concurrent rotations'({ store, second }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const rotations = Array.from({ length: 20 }, () => aRotation(record))

    const outcomes = await Promise.all(
      rotations.map((rotation, index) =>
        (index % 2 ? second : store).replaceSecret(record.id, rotation),
      ),
    )

    const winners = rotations.filter((_, index) => outcomes[index])
    expect(winners).toHaveLength(1)
    expect((await findExisting(store, record.id)).secretHash).toEqual(winners[0]?.to)
  },
})
