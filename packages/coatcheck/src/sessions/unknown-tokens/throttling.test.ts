import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { openSessions, signIn } from '../../../test/support/open-sessions.ts'
import {
  clientWithIp,
  openThrottled,
  randomToken,
  testClient,
  verifyUnknownTokens,
} from '../../../test/support/unknown-tokens.ts'
import { hour, minute, second } from '../../domain/time.ts'

/** Three tokens of the limit, and one read of the current second. */
const justThrottled = [...Array.from({ length: 4 }, () => 'none'), 'throttled']

describe('unknown tokens', () => {
  it('are throttled beyond the limit without store reads', async () => {
    const { sessions, calls } = openThrottled()
    expect(await verifyUnknownTokens(sessions, 6)).toEqual([
      ...Array.from({ length: 4 }, () => 'none'),
      'throttled',
      'throttled',
    ])
    expect(calls).toHaveLength(4)
    expect(await sessions.verify(randomToken(), testClient)).toEqual({
      status: 'throttled',
      retryAfter: second,
    })
  })

  it('cause at most 1 300 store reads per minute and IP address by default', async () => {
    const { sessions, calls, clock } = openThrottled({ unknownTokens: {} })
    const statuses = await verifyUnknownTokens(sessions, 200)
    expect(statuses.indexOf('throttled')).toBe(120)
    for (let n = 0; n < 599; n += 1) {
      clock.advance(100)
      await verifyUnknownTokens(sessions, 30)
    }
    expect(calls).toHaveLength(1_300)
    clock.advance(100)
    expect(await verifyUnknownTokens(sessions, 100)).not.toContain('throttled')
  })

  it('cause one store read per token, however often it is repeated, in each window', async () => {
    const { sessions, calls, clock, events } = openThrottled()
    const token = randomToken()
    for (let n = 0; n < 50; n += 1) {
      expect(await sessions.verify(token, testClient)).toMatchObject({ reason: 'unknown' })
    }
    expect(calls).toEqual(['find'])
    expect(events).toHaveLength(50)
    clock.advance(minute)
    await sessions.verify(token, testClient)
    expect(calls).toEqual(['find', 'find'])
  })

  it('include tokens with a known id and a wrong secret', async () => {
    const { sessions, calls } = openThrottled()
    const { token } = await signIn(sessions)
    calls.length = 0
    const guess = () => `${token.slice(0, 23)}${randomToken().slice(23)}`
    for (let n = 0; n < 4; n += 1)
      expect((await sessions.verify(guess(), testClient)).status).toBe('none')
    expect((await sessions.verify(guess(), testClient)).status).toBe('throttled')
    expect(calls).toHaveLength(4)
    expect((await sessions.verify(token, testClient)).status).toBe('active')
  })

  it('do not include tokens of ended sessions, malformed tokens or missing tokens', async () => {
    const { sessions, clock } = openThrottled({ onSecretReuse: 'report' })
    const ended = await signIn(sessions)
    const expired = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(ended.session.id, { reason: 'signed-out' })
    clock.advance(hour)
    const replaced = await signIn(sessions)
    await sessions.rotate(replaced.token)
    clock.advance(minute)
    const ownTokens = [ended.token, expired.token, replaced.token]
    for (const token of [...ownTokens, 'malformed', null]) {
      for (let n = 0; n < 5; n += 1) {
        expect((await sessions.verify(token, testClient)).status).not.toBe('throttled')
      }
    }
    expect(await verifyUnknownTokens(sessions, 5)).toEqual(justThrottled)
    // Requests that do not need the store are not throttled.
    for (const token of ['malformed', null]) {
      expect((await sessions.verify(token, testClient)).status).toBe('none')
    }
  })

  it('are counted in a window that starts with the first one', async () => {
    const { sessions, clock } = openThrottled()
    await verifyUnknownTokens(sessions, 2)
    clock.advance(59.5 * second)
    await verifyUnknownTokens(sessions, 2)
    expect(await sessions.verify(randomToken(), testClient)).toEqual({
      status: 'throttled',
      retryAfter: 0.5 * second,
    })
    clock.advance(0.5 * second)
    expect(await verifyUnknownTokens(sessions, 5)).toEqual(justThrottled)
  })

  it('are not throttled for longer than a window after the clock is set back', async () => {
    const { sessions, clock } = openThrottled()
    await verifyUnknownTokens(sessions, 5)
    clock.set(clock.now() - hour)
    expect(await verifyUnknownTokens(sessions, 1)).toEqual(['none'])
  })

  it('throttle a session unknown to this process, which gets one of the next reads', async () => {
    const { sessions, store, clock } = openThrottled()
    const { token } = await signIn(openSessions({ store }).sessions)
    await verifyUnknownTokens(sessions, 4)
    expect(await sessions.verify(token, testClient)).toMatchObject({ retryAfter: second })
    clock.advance(second)
    expect((await sessions.verify(token, testClient)).status).toBe('active')
    // A valid token does not use up the read.
    expect(await verifyUnknownTokens(sessions, 2)).toEqual(['none', 'throttled'])
    expect((await sessions.verify(token, testClient)).status).toBe('active')
  })

  it('never throttle a session that this process has issued, changed or seen valid', async () => {
    const { sessions, store, clock } = openThrottled()
    const status = async (token: string) => (await sessions.verify(token, testClient)).status
    const seen = await signIn(openSessions({ store }).sessions)
    expect(await status(seen.token)).toBe('active')
    const early = await signIn(sessions)
    await verifyUnknownTokens(sessions, 5)
    const issued = await signIn(sessions, 'user-2')
    const rotated = await sessions.rotate(early.token, { grace: second })
    if (rotated.status !== 'rotated') throw new Error('The rotation was refused')
    await sessions.saveData(issued.session.id, { note: 'changed' })
    clock.advance(1)
    await verifyUnknownTokens(sessions, 5)
    for (const { token } of [seen, issued, early, rotated])
      expect(await status(token)).toBe('active')
    // Its secret does not help with another id, nor its id with another secret.
    const [id, secret] = issued.token.split('.')
    const [otherId, otherSecret] = randomToken().split('.')
    for (const token of [`${id}.${otherSecret}`, `${otherId}.${secret}`]) {
      expect(await status(token)).toBe('throttled')
    }
    await sessions.revokeSessionOfAnyUser(issued.session.id, { reason: 'signed-out' })
    expect(await status(issued.token)).toBe('ended')
  })

  it('count again with the token of a session that was purged', async () => {
    const { sessions, store, clock, calls } = openThrottled()
    const { token, session } = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' })
    await store.purge(clock.now() + 1, 1)
    calls.length = 0
    for (let n = 0; n < 3; n += 1) {
      expect(await sessions.verify(token, testClient)).toMatchObject({ reason: 'unknown' })
    }
    expect(calls).toEqual(['find'])
  })

  it('are counted per IPv4 address and per IPv6 /64', async () => {
    const { sessions } = openThrottled()
    await verifyUnknownTokens(sessions, 4)
    await verifyUnknownTokens(sessions, 4, clientWithIp('2001:db8:0:7::1'))
    const statusFor = async (ipAddress: string | null) =>
      (await sessions.verify(randomToken(), clientWithIp(ipAddress))).status
    expect(await statusFor('2001:db8:0:7:ffff::9')).toBe('throttled')
    expect(await statusFor('2001:db8:0:8::1')).toBe('none')
    expect(await statusFor('192.0.2.8')).toBe('none')
    expect(await statusFor('192.0.2.7')).toBe('throttled')
  })

  it('are not counted for clients with an unknown IP address', async () => {
    const { sessions } = openThrottled()
    expect(new Set(await verifyUnknownTokens(sessions, 10, clientWithIp(null)))).toEqual(
      new Set(['none']),
    )
    expect((await sessions.verify(randomToken())).status).toBe('none')
  })

  it('are not limited with the option unlimited', async () => {
    const { sessions } = openThrottled({ unknownTokens: 'unlimited' })
    expect(new Set(await verifyUnknownTokens(sessions, 1_000))).toEqual(new Set(['none']))
  })

  it('are reported once per window, with the client and without a token', async () => {
    const { sessions, events, clock } = openThrottled()
    const throttled = () => events.filter(({ type }) => type === 'unknown-tokens-throttled')
    await verifyUnknownTokens(sessions, 3)
    expect(throttled()).toEqual([])
    await verifyUnknownTokens(sessions, 50)
    const now = clock.now()
    const type = 'unknown-tokens-throttled'
    expect(throttled()).toEqual([{ type, at: now, until: now + minute, ...testClient }])
    expect(events).toHaveLength(5)
    clock.advance(minute)
    await verifyUnknownTokens(sessions, 50)
    expect(throttled()).toHaveLength(2)
  })

  it('are counted for the last 10 000 IP addresses', async () => {
    const { sessions } = openThrottled({ unknownTokens: { limit: 1 } })
    const clientAt = (n: number) => clientWithIp(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
    for (let n = 0; n < 30_000; n += 1) await sessions.verify(randomToken(), clientAt(n))
    const statuses = (n: number) => verifyUnknownTokens(sessions, 2, clientAt(n))
    expect(await statuses(20_000)).toEqual(['none', 'throttled'])
    // Those before the last 20 000 start again.
    expect(await statuses(9_999)).toEqual(['none', 'none'])
  })

  it.each([
    ['unknownTokens.limit', { limit: 0 }],
    ['unknownTokens.limit', { limit: Number.POSITIVE_INFINITY }],
    ['unknownTokens.window', { window: 999 }],
    ['unknownTokens.window', { window: hour + 1 }],
  ])('reject an invalid %s', (name, unknownTokens) => {
    const message = expect.stringContaining(name)
    expect(() => openThrottled({ unknownTokens })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message }),
    )
  })
})

describe('throttled cached session', () => {
  it('stays usable while its IP address is throttled, also for an uncached verification', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node({ options: { unknownTokens: { limit: 3 } } })
    const { sessions: otherProcess } = nodes.node()
    const [inUse, other] = [await signIn(otherProcess), await signIn(otherProcess, 'user-2')]
    await sessions.verify(inUse.token, testClient)
    await verifyUnknownTokens(sessions, 5)
    calls.length = 0
    const statusFor = async (token: string, skipCache: boolean) =>
      (await sessions.verify(token, testClient, { skipCache })).status
    expect(await statusFor(inUse.token, false)).toBe('active')
    expect(await statusFor(other.token, false)).toBe('throttled')
    expect(await statusFor(other.token, true)).toBe('throttled')
    // A wrong secret with the id of a cached session does not bypass the limiter.
    expect(await statusFor(`${inUse.token.slice(0, 23)}${randomToken().slice(23)}`, true)).toBe(
      'throttled',
    )
    expect(calls).toEqual([])
    // An uncached verification reads the store.
    expect(await statusFor(inUse.token, true)).toBe('active')
    expect(calls).toEqual(['find'])
    // The cache cannot accept a revoked session, and the store says why it ended.
    await sessions.revokeSessionOfAnyUser(inUse.session.id, { reason: 'signed-out' })
    expect(await statusFor(inUse.token, false)).toBe('ended')
    expect(await statusFor(inUse.token, true)).toBe('ended')
  })
})
