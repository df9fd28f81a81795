import { describe, expect, it } from 'vitest'
import { createCodeHasher, createSigner, nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import {
  createDeviceAuthorizations,
  type FindUserCodeResult,
} from '../src/application/oauth/device-authorizations.ts'
import { createLimits } from '../src/application/shared/rate-limits.ts'
import type { ClientApplication } from '../src/domain/client-application.ts'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { minute } from '../src/domain/time.ts'
import { type DatabaseKind, databaseKinds, openTestPersistence } from './persistence.ts'

const keys = ['k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0']
const start = Date.UTC(2030, 0, 15, 12)
const [deviceAddress, attackerNetwork] = ['192.0.2.1', '203.0.113']

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { persistence } = opened
  let now = start
  let evaluated = 0
  const client: ClientApplication = {
    ...{ id: nodeSecrets.id(), name: 'Command line', kind: 'public', secretHash: null },
    ...{ website: null, redirectUris: [], scopes: ['links:read'], allowsDeviceFlow: true },
    ...{ createdBy: 'ann', createdAt: start },
  }
  await persistence.clients.add(client, 10)
  const devices = createDeviceAuthorizations({
    ...persistence,
    deviceAuthorizations: {
      ...persistence.deviceAuthorizations,
      findByUserCode(hashes, at) {
        evaluated += 1
        return persistence.deviceAuthorizations.findByUserCode(hashes, at)
      },
    },
    limits: createLimits({ ...persistence, secrets: nodeSecrets }),
    secrets: nodeSecrets,
    codeHasher: createCodeHasher(keys),
    signer: createSigner(keys),
    clock: { now: () => now },
  })

  async function request(ipAddress = deviceAddress): Promise<string> {
    const userAgent = 'tool/1.0'
    const started = await devices.start({ client, scope: null, ipAddress, userAgent })
    if (started.status !== 'started') throw new Error(started.status)
    return started.userCode
  }

  /** `userId` names a user of an attack, too: nothing looks them up. */
  const enter = (text: string, userId = 'ann', ipAddress = deviceAddress) =>
    devices.findByUserCode({ userId, sessionId: `session of ${userId}`, text, ipAddress })
  const advance = (length: number) => {
    now += length
  }
  return { ...opened, devices, client, request, enter, advance, evaluated: () => evaluated }
}

/** 1,000 wrong codes at once, each from another account and network. */
function guess(enter: (text: string, userId: string, ip: string) => Promise<FindUserCodeResult>) {
  const guesses = Array.from({ length: 1_000 }, (_, n) =>
    enter(nodeSecrets.userCode(), `account ${n}`, `${attackerNetwork}.${n % 250}`),
  )
  return Promise.all(guesses)
}

describe.each(databaseKinds)('user codes on %s', (kind) => {
  it('find the request of a device until it expires, however they are typed', async () => {
    await using opened = await open(kind)
    const { request, enter, devices, advance } = opened
    const code = await request()
    const found = await enter(` ${code.slice(0, 4).toLowerCase()} – ${code.slice(4)} `)
    if (found.status !== 'found') throw new Error(found.status)
    expect(found.handle).not.toContain(code)
    const entered = { handle: found.handle, sessionId: 'session of ann' }
    expect((await devices.find(entered))?.authorization.ipAddress).toBe(deviceAddress)
    expect(await devices.find({ ...entered, sessionId: 'session of bob' })).toBeNull()
    for (const handle of ['', '.', found.handle.slice(1), `${found.handle}x`]) {
      expect(await devices.find({ ...entered, handle })).toBeNull()
    }
    advance(10 * minute)
    expect([(await enter(code)).status, await devices.find(entered)]).toEqual(['unknown', null])
  })

  it('are guessed by one user 10 times at most, and malformed text does not count', async () => {
    await using opened = await open(kind)
    const { request, enter } = opened
    const code = await request()
    for (let n = 0; n < 20; n += 1) expect((await enter('no code')).status).toBe('malformed')
    const guesses = Array.from({ length: 50 }, () => enter(nodeSecrets.userCode()))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 'unknown')).toHaveLength(10)
    expect((await enter(code)).status).toBe('throttled')
    expect((await enter(code, 'bob')).status).toBe('found')
  })

  it('are guessed by any number of accounts 1,000 times, then only on the network of the device', async () => {
    await using opened = await open(kind)
    const { request, enter } = opened
    const [code, guessed] = [await request(), await request()]
    const first = await guess(enter)
    expect(first.filter(({ status }) => status === 'unknown')).toHaveLength(1_000)
    // A correct guess from another network is not distinguishable from a wrong one.
    const other = await enter(guessed, 'mallory', '198.51.100.9')
    expect(other).toEqual({ status: 'other-network' })
    expect(await enter(nodeSecrets.userCode(), 'eve', '198.51.100.9')).toEqual(other)
    expect((await enter(code, 'ann', deviceAddress)).status).toBe('found')

    const before = opened.evaluated()
    const onNetwork = Array.from({ length: 200 }, (_, n) =>
      enter(nodeSecrets.userCode(), `neighbor ${n}`, deviceAddress),
    )
    const statuses = (await Promise.all(onNetwork)).map(({ status }) => status)
    const limit = rateLimits.userCodesPerClient.max
    expect(opened.evaluated() - before).toBeLessThanOrEqual(limit)
    expect(statuses.filter((status) => status === 'throttled').length).toBeGreaterThanOrEqual(
      200 - limit,
    )
  })

  it('are requested at most 60 times an hour by one network', async () => {
    await using opened = await open(kind)
    const { devices, client, request } = opened
    const max = rateLimits.deviceAuthorizations.max
    const codes = await Promise.all(Array.from({ length: max }, () => request()))
    expect(new Set(codes).size).toBe(max)
    const again = { client, scope: null, ipAddress: deviceAddress, userAgent: null }
    expect((await devices.start(again)).status).toBe('throttled')
    expect((await devices.start({ ...again, ipAddress: '192.0.2.2' })).status).toBe('started')
  })
})
