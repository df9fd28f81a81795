import { grantExpiry } from '../../src/domain/grant.ts'
import { updateGrant } from '../../src/stores/memory/grant-state.ts'
import { type GrantMutant, overwrite } from './grant-mutant.ts'
import { yieldToEventLoop } from './mutant.ts'

const replaces = 'rotate replaces both tokens and keeps the previous ones'
const notCurrent = 'rotate returns false and changes nothing for a secret that is not current'
const once = 'rotate succeeds for exactly one of many concurrent rotations of one token'

export const grantRotationMutants: readonly GrantMutant[] = [
  {
    bug: 'rotate reads and writes in two steps',
    caughtBy: once,
    caughtByModel: true,
    mutate: (original) => ({
      async rotate(id, rotation) {
        const record = await original.find(id)
        const isCurrent =
          record !== null && Buffer.from(record.refreshSecretHash).equals(rotation.from)
        await yieldToEventLoop()
        const latest = await original.find(id)
        if (!isCurrent || latest === null) return false
        return original.rotate(id, { ...rotation, from: latest.refreshSecretHash })
      },
    }),
  },
  {
    bug: 'rotate accepts whatever secret',
    caughtBy: notCurrent,
    caughtByModel: true,
    mutate: (original) => ({
      async rotate(id, rotation) {
        const record = await original.find(id)
        const from = record?.refreshSecretHash ?? rotation.from
        return original.rotate(id, { ...rotation, from })
      },
    }),
  },
  {
    bug: 'rotate accepts the previous secret in its grace period',
    caughtBy: notCurrent,
    caughtByModel: true,
    mutate: (original) => ({
      async rotate(id, rotation) {
        if (await original.rotate(id, rotation)) return true
        const record = await original.find(id)
        const previous = record?.rotation?.previousSecretHash
        if (previous === undefined || !Buffer.from(previous).equals(rotation.from)) return false
        return original.rotate(id, {
          ...rotation,
          from: record?.refreshSecretHash ?? rotation.from,
        })
      },
    }),
  },
  {
    bug: 'rotate revives a grant that has ended',
    caughtBy: 'rotate returns false and changes nothing after the grant has ended',
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        overwrite(state, id, { endedAt: null, endReason: null, endedBy: null })
        return original.rotate(id, rotation)
      },
    }),
  },
  {
    bug: 'rotate writes a whole record, over an end that came in between',
    caughtBy: 'end is final in any order with concurrent rotations',
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const rotating = original.rotate(id, rotation)
        const written = state.grants.get(id)
        await yieldToEventLoop()
        if (written !== undefined) state.grants.set(id, written)
        return rotating
      },
    }),
  },
  {
    bug: 'rotate ignores timeouts',
    caughtBy: 'rotate returns false and changes nothing past a timeout, to the millisecond',
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const record = state.grants.get(id)
        if (record === undefined || grantExpiry(record, rotation.at) === null) {
          return original.rotate(id, rotation)
        }
        const { expiresAt, idleTimeout } = record
        overwrite(state, id, { expiresAt: 1e15, idleTimeout: 1e15 })
        const isRotated = await original.rotate(id, rotation)
        overwrite(state, id, { expiresAt, idleTimeout })
        return isRotated
      },
    }),
  },
  {
    bug: 'rotate moves the absolute deadline',
    caughtBy: 'rotate does not move the absolute deadline',
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const isRotated = await original.rotate(id, rotation)
        const record = state.grants.get(id)
        if (isRotated && record) overwrite(state, id, { expiresAt: record.expiresAt + 1 })
        return isRotated
      },
    }),
  },
  {
    bug: 'rotate does not restart the idle timeout',
    caughtBy: 'rotate restarts the idle timeout',
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const lastRefreshedAt = state.grants.get(id)?.lastRefreshedAt
        const isRotated = await original.rotate(id, rotation)
        if (lastRefreshedAt !== undefined) overwrite(state, id, { lastRefreshedAt })
        return isRotated
      },
    }),
  },
  {
    bug: 'rotate moves the last refresh back',
    caughtBy: 'rotate never moves the last refresh back',
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const isRotated = await original.rotate(id, rotation)
        if (isRotated) overwrite(state, id, { lastRefreshedAt: rotation.at })
        return isRotated
      },
    }),
  },
  {
    bug: 'rotate invalidates the access token that is in use',
    caughtBy: replaces,
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const isRotated = await original.rotate(id, rotation)
        if (isRotated) overwrite(state, id, { previousAccessToken: null })
        return isRotated
      },
    }),
  },
  {
    bug: 'rotate keeps the first previous access token instead of the last',
    caughtBy: 'rotate keeps only the tokens of the last rotation',
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const previous = state.grants.get(id)?.previousAccessToken ?? null
        const isRotated = await original.rotate(id, rotation)
        if (isRotated && previous) overwrite(state, id, { previousAccessToken: previous })
        return isRotated
      },
    }),
  },
  {
    bug: 'rotate does not keep the salt',
    caughtBy: replaces,
    caughtByModel: true,
    mutate: (original) => ({
      rotate: (id, rotation) => original.rotate(id, { ...rotation, salt: rotation.to }),
    }),
  },
  {
    bug: 'rotate stores the scopes of the grant for a narrowed access token',
    caughtBy: replaces,
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const scopes = state.grants.get(id)?.scopes ?? []
        const accessToken = { ...rotation.accessToken, scopes }
        return original.rotate(id, { ...rotation, accessToken })
      },
    }),
  },
  {
    bug: 'rotate narrows the grant itself',
    caughtBy: replaces,
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const isRotated = await original.rotate(id, rotation)
        if (isRotated) overwrite(state, id, { scopes: rotation.accessToken.scopes })
        return isRotated
      },
    }),
  },
  {
    bug: 'rotate finds the grant by its secret, whatever the id',
    caughtBy: 'rotate changes no other grant',
    caughtByModel: true,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        for (const [otherId, record] of state.grants) {
          const isOther = otherId !== id
          if (isOther && Buffer.from(record.refreshSecretHash).equals(rotation.from)) {
            await original.rotate(otherId, rotation)
          }
        }
        return original.rotate(id, rotation)
      },
    }),
  },
  {
    bug: 'rotate stores a hash of another length',
    caughtBy: 'rotate rejects hashes, scopes and instants that cannot be stored unchanged',
    caughtByModel: false,
    mutate: (_original, state) => ({
      async rotate(id, { to, accessToken }) {
        const record = state.grants.get(id)
        if (record) updateGrant(state, record, { refreshSecretHash: to, accessToken })
        return record !== undefined
      },
    }),
  },
  {
    bug: 'the channel does not report a refresh, so that outdated access tokens stay cached',
    caughtBy: 'the channel reports every change of a grant, made through any connection',
    caughtByModel: false,
    mutate: (original, state) => ({
      async rotate(id, rotation) {
        const listeners = [...state.listeners]
        state.listeners.clear()
        const isRotated = await original.rotate(id, rotation)
        for (const listener of listeners) state.listeners.add(listener)
        return isRotated
      },
    }),
  },
]
