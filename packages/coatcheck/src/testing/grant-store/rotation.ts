import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import { aGrantRecord, anAccessToken, anInstant, aSecretHash } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import {
  aGrantEnding,
  aGrantRotation,
  endedBy,
  expectGrants,
  findGrant,
  insertGrants,
  rotated,
} from './fixtures.ts'

export const grantRotationCases = grantStoreCases('rotation', {
  async 'rotate replaces both tokens and keeps the previous ones'({ store, second }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    const rotation = aGrantRotation(record, {
      accessToken: anAccessToken({ scopes: ['links:write'], expiresAt: anInstant + 77 }),
      graceExpiresAt: anInstant + 5_432,
    })

    expect(await store.rotate(record.id, rotation)).toBe(true)

    await expectGrants(second, [rotated(record, rotation)])
  },

  async 'rotate keeps only the tokens of the last rotation'({ store, second }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    const first = aGrantRotation(record)
    await store.rotate(record.id, first)
    const after = rotated(record, first)
    const next = aGrantRotation(after, {
      at: anInstant + minute,
      accessToken: anAccessToken({ scopes: [] }),
    })

    expect(await second.rotate(record.id, next)).toBe(true)

    await expectGrants(store, [rotated(after, next)])
  },

  async 'rotate never moves the last refresh back'({ store }) {
    const record = aGrantRecord({ lastRefreshedAt: anInstant + minute })
    await insertGrants(store, [record])
    const rotation = aGrantRotation(record, { at: anInstant + 1 })

    expect(await store.rotate(record.id, rotation)).toBe(true)

    expect(await findGrant(store, record.id)).toMatchObject({
      lastRefreshedAt: anInstant + minute,
      rotation: { rotatedAt: anInstant + 1 },
    })
  },

  async 'rotate does not move the absolute deadline'({ store }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    await store.rotate(record.id, aGrantRotation(record, { at: anInstant + minute }))

    expect((await findGrant(store, record.id)).expiresAt).toBe(record.expiresAt)
  },

  async 'rotate changes no other grant'({ store }) {
    const record = aGrantRecord()
    const { userId, clientId, refreshSecretHash } = record
    const other = aGrantRecord({ userId, clientId, refreshSecretHash })
    await insertGrants(store, [record, other])

    await store.rotate(record.id, aGrantRotation(record))

    await expectGrants(store, [other])
  },

  async 'rotate returns false for an absent grant'({ store }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])

    expect(await store.rotate(aGrantRecord().id, aGrantRotation(record))).toBe(false)
    await expectGrants(store, [record])
  },

  async 'rotate returns false and changes nothing for a secret that is not current'({ store }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    const first = aGrantRotation(record, { graceExpiresAt: anInstant + minute })
    await store.rotate(record.id, first)
    const before = rotated(record, first)

    // Neither the previous secret, even in its grace, nor the family, an unknown secret or a part may be replaced.
    const outdated = [record.refreshSecretHash, record.familyHash, aSecretHash(), first.to.slice(1)]
    for (const from of outdated) {
      expect(await store.rotate(record.id, aGrantRotation(before, { from }))).toBe(false)
    }
    await expectGrants(store, [before])
  },

  async 'rotate returns false and changes nothing after the grant has ended'({ store, second }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    await store.end(record.id, aGrantEnding())

    expect(await second.rotate(record.id, aGrantRotation(record))).toBe(false)
    await expectGrants(store, [endedBy(record, aGrantEnding())])
  },

  async 'rotate returns false and changes nothing past a timeout, to the millisecond'({ store }) {
    const absolute = aGrantRecord({ expiresAt: anInstant + minute })
    const idle = aGrantRecord({ idleTimeout: minute })
    await insertGrants(store, [absolute, idle])

    for (const record of [absolute, idle]) {
      const late = aGrantRotation(record, { at: anInstant + minute })
      expect(await store.rotate(record.id, late)).toBe(false)
      await expectGrants(store, [record])
      const inTime = aGrantRotation(record, { at: anInstant + minute - 1 })
      expect(await store.rotate(record.id, inTime)).toBe(true)
    }
  },

  async 'rotate restarts the idle timeout'({ store }) {
    const record = aGrantRecord({ idleTimeout: 10 * minute })
    await insertGrants(store, [record])
    const first = aGrantRotation(record, { at: anInstant + 9 * minute })
    await store.rotate(record.id, first)
    const next = aGrantRotation(rotated(record, first), { at: anInstant + 19 * minute - 1 })

    expect(await store.rotate(record.id, next)).toBe(true)
  },

  async 'rotate succeeds for exactly one of many concurrent rotations of one token'({
    store,
    second,
  }) {
    for (let round = 0; round < 5; round += 1) {
      const record = aGrantRecord()
      await insertGrants(store, [record])
      const rotations = Array.from({ length: 10 }, () => aGrantRotation(record))

      const outcomes = await Promise.all(
        rotations.map((rotation, index) =>
          (index % 2 ? second : store).rotate(record.id, rotation),
        ),
      )

      const [winner, ...others] = rotations.filter((_, index) => outcomes[index])
      if (winner === undefined) throw new Error('Expected a rotation to succeed')
      expect(others).toEqual([])
      await expectGrants(store, [rotated(record, winner)])
    }
  },
})
