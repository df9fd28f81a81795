import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { signIn } from '../../../test/support/open-sessions.ts'
import {
  clientWithIp,
  openThrottled,
  randomToken,
  testClient,
  verifyUnknownTokens,
} from '../../../test/support/unknown-tokens.ts'
import { hour, minute, second } from '../../domain/time.ts'

describe('unknown tokens', () => {
  it('are throttled beyond the limit without store reads', async () => {
    const { sessions, calls } = openThrottled()
    expect(await verifyUnknownTokens(sessions, 5)).toEqual([
      'none',
      'none',
      'none',
      'throttled',
      'throttled',
    ])
    expect(calls).toEqual(['find', 'find', 'find'])
    expect(await sessions.verify(randomToken(), testClient)).toEqual({
      status: 'throttled',
      retryAfter: minute,
    })
  })

  it('are limited to 100 per minute by default', async () => {
    const { sessions, clock } = openThrottled({ unknownTokens: {} })
    const statuses = await verifyUnknownTokens(sessions, 101)
    expect([statuses.indexOf('throttled'), statuses.length]).toEqual([100, 101])
    clock.advance(minute - 1)
    expect(await sessions.verify(randomToken(), testClient)).toEqual({
      status: 'throttled',
      retryAfter: 1,
    })
    clock.advance(1)
    expect(await verifyUnknownTokens(sessions, 1)).toEqual(['none'])
  })

  it('include tokens with a known id and a wrong secret', async () => {
    const { sessions, calls } = openThrottled()
    const { token } = await signIn(sessions)
    calls.length = 0
    const guess = () => `${token.slice(0, 23)}${randomToken().slice(23)}`
    for (let n = 0; n < 3; n += 1)
      expect((await sessions.verify(guess(), testClient)).status).toBe('none')
    expect((await sessions.verify(guess(), testClient)).status).toBe('throttled')
    expect(calls).toHaveLength(3)
  })

  it('do not include tokens of ended sessions, malformed tokens or missing tokens', async () => {
    const { sessions, clock } = openThrottled({ onSecretReuse: 'report' })
    const ended = await signIn(sessions)
    const expired = await signIn(sessions)
    await sessions.revoke(ended.session.id, { reason: 'signed-out' })
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
    expect(await verifyUnknownTokens(sessions, 4)).toEqual(['none', 'none', 'none', 'throttled'])
    // Requests that do not need the store are not throttled.
    for (const token of ['malformed', null]) {
      expect((await sessions.verify(token, testClient)).status).toBe('none')
    }
  })

  it('are counted in a window that starts with the first one', async () => {
    const { sessions, clock } = openThrottled()
    await verifyUnknownTokens(sessions, 2)
    clock.advance(59 * second)
    await verifyUnknownTokens(sessions, 2)
    expect(await sessions.verify(randomToken(), testClient)).toEqual({
      status: 'throttled',
      retryAfter: second,
    })
    clock.advance(second)
    expect(await verifyUnknownTokens(sessions, 4)).toEqual(['none', 'none', 'none', 'throttled'])
  })

  it('are not throttled for longer than a window after the clock is set back', async () => {
    const { sessions, clock } = openThrottled()
    await verifyUnknownTokens(sessions, 4)
    clock.set(clock.now() - hour)
    expect(await verifyUnknownTokens(sessions, 1)).toEqual(['none'])
  })

  it('throttle a valid session at the same IP address only until the window ends', async () => {
    const { sessions, clock } = openThrottled()
    const { token } = await signIn(sessions)
    await verifyUnknownTokens(sessions, 3)
    expect((await sessions.verify(token, testClient)).status).toBe('throttled')
    clock.advance(minute)
    expect((await sessions.verify(token, testClient)).status).toBe('active')
  })

  it('are counted per IPv4 address and per IPv6 /64', async () => {
    const { sessions } = openThrottled()
    const { token } = await signIn(sessions)
    await verifyUnknownTokens(sessions, 3)
    await verifyUnknownTokens(sessions, 3, clientWithIp('2001:db8:0:7::1'))
    const statusFor = async (ipAddress: string | null) =>
      (await sessions.verify(token, clientWithIp(ipAddress))).status
    expect(await statusFor('2001:db8:0:7:ffff::9')).toBe('throttled')
    expect(await statusFor('2001:db8:0:8::1')).toBe('active')
    expect(await statusFor('192.0.2.8')).toBe('active')
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
    expect(events).toHaveLength(4)
    clock.advance(minute)
    await verifyUnknownTokens(sessions, 50)
    expect(throttled()).toHaveLength(2)
  })

  it('are counted for the last 10 000 IP addresses', async () => {
    const { sessions } = openThrottled({ unknownTokens: { limit: 1 } })
    const clientAt = (n: number) => clientWithIp(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
    for (let n = 0; n < 100_000; n += 1) await sessions.verify(randomToken(), clientAt(n))
    const status = async (n: number) => (await sessions.verify(randomToken(), clientAt(n))).status
    expect(await status(90_000)).toBe('throttled')
    expect(await status(89_999)).toBe('none')
    // Counting address 89 999 has evicted the oldest one, 90 000.
    expect(await status(90_000)).toBe('none')
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
  it('stays usable while its IP address is throttled, also for a fresh verification', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node({ options: { unknownTokens: { limit: 3 } } })
    const [inUse, other] = [await signIn(sessions), await signIn(sessions, 'user-2')]
    await sessions.verify(inUse.token, testClient)
    await verifyUnknownTokens(sessions, 4)
    calls.length = 0
    const statusFor = async (token: string, fresh: boolean) =>
      (await sessions.verify(token, testClient, { fresh })).status
    expect(await statusFor(inUse.token, false)).toBe('active')
    expect(await statusFor(other.token, false)).toBe('throttled')
    expect(await statusFor(other.token, true)).toBe('throttled')
    // A wrong secret with the id of a cached session does not bypass the limiter.
    expect(await statusFor(`${inUse.token.slice(0, 23)}${randomToken().slice(23)}`, true)).toBe(
      'throttled',
    )
    expect(calls).toEqual([])
    // A fresh verification reads the store.
    expect(await statusFor(inUse.token, true)).toBe('active')
    expect(calls).toEqual(['find'])
    calls.length = 0
    // The cache cannot accept a revoked session, and a throttled request does not read the store.
    await sessions.revoke(inUse.session.id, { reason: 'signed-out' })
    expect(await statusFor(inUse.token, false)).toBe('throttled')
    expect(await statusFor(inUse.token, true)).toBe('throttled')
  })
})
