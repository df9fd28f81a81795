import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../test/support/open-cached-sessions.ts'
import { signIn } from '../../test/support/open-sessions.ts'
import { aToken, at, flood, here, openLimited } from '../../test/support/unknown-tokens.ts'
import { hour, minute, second } from '../domain/time.ts'

describe('unknown tokens', () => {
  it('are throttled from the limit on, and the store is asked no more', async () => {
    const { sessions, calls } = openLimited()
    expect(await flood(sessions, 5)).toEqual(['none', 'none', 'none', 'throttled', 'throttled'])
    expect(calls).toEqual(['find', 'find', 'find'])
    expect(await sessions.verify(aToken(), here)).toEqual({
      status: 'throttled',
      retryAfter: minute,
    })
  })

  it('are a hundred in a minute by default', async () => {
    const { sessions, clock } = openLimited({ unknownTokens: {} })
    const statuses = await flood(sessions, 101)
    expect([statuses.indexOf('throttled'), statuses.length]).toEqual([100, 101])
    clock.advance(minute - 1)
    expect(await sessions.verify(aToken(), here)).toEqual({ status: 'throttled', retryAfter: 1 })
    clock.advance(1)
    expect(await flood(sessions, 1)).toEqual(['none'])
  })

  it('are as well those that have the id of a session, and not its secret', async () => {
    const { sessions, calls } = openLimited()
    const { token } = await signIn(sessions)
    calls.length = 0
    const guess = () => `${token.slice(0, 23)}${aToken().slice(23)}`
    for (let n = 0; n < 3; n += 1)
      expect((await sessions.verify(guess(), here)).status).toBe('none')
    expect((await sessions.verify(guess(), here)).status).toBe('throttled')
    expect(calls).toHaveLength(3)
  })

  it('are not those of sessions that are over, malformed ones, and none at all', async () => {
    const { sessions, clock } = openLimited({ onSecretReuse: 'report' })
    const ended = await signIn(sessions)
    const expired = await signIn(sessions)
    await sessions.revoke(ended.session.id, { reason: 'signed-out' })
    clock.advance(hour)
    const replaced = await signIn(sessions)
    await sessions.rotate(replaced.token)
    clock.advance(minute)
    const ours = [ended.token, expired.token, replaced.token]
    for (const token of [...ours, 'malformed', null]) {
      for (let n = 0; n < 5; n += 1) {
        expect((await sessions.verify(token, here)).status).not.toBe('throttled')
      }
    }
    expect(await flood(sessions, 4)).toEqual(['none', 'none', 'none', 'throttled'])
    // What never reaches the store is answered as ever.
    for (const token of ['malformed', null]) {
      expect((await sessions.verify(token, here)).status).toBe('none')
    }
  })

  it('are forgotten when the window is over, which begins with the first', async () => {
    const { sessions, clock } = openLimited()
    await flood(sessions, 2)
    clock.advance(59 * second)
    await flood(sessions, 2)
    expect(await sessions.verify(aToken(), here)).toEqual({
      status: 'throttled',
      retryAfter: second,
    })
    clock.advance(second)
    expect(await flood(sessions, 4)).toEqual(['none', 'none', 'none', 'throttled'])
  })

  it('keep nobody out for longer than a window when the clock is set back', async () => {
    const { sessions, clock } = openLimited()
    await flood(sessions, 4)
    clock.set(clock.now() - hour)
    expect(await flood(sessions, 1)).toEqual(['none'])
  })

  it('cost a good session of the same address its answer, and only until the window is over', async () => {
    const { sessions, clock } = openLimited()
    const { token } = await signIn(sessions)
    await flood(sessions, 3)
    expect((await sessions.verify(token, here)).status).toBe('throttled')
    clock.advance(minute)
    expect((await sessions.verify(token, here)).status).toBe('active')
  })

  it('cost other addresses nothing: an IPv4 address is one, and so is a /64 of IPv6', async () => {
    const { sessions } = openLimited()
    const { token } = await signIn(sessions)
    await flood(sessions, 3)
    await flood(sessions, 3, at('2001:db8:0:7::1'))
    const answer = async (address: string | null) =>
      (await sessions.verify(token, at(address))).status
    expect(await answer('2001:db8:0:7:ffff::9')).toBe('throttled')
    expect(await answer('2001:db8:0:8::1')).toBe('active')
    expect(await answer('192.0.2.8')).toBe('active')
    expect(await answer('192.0.2.7')).toBe('throttled')
  })

  it('of clients whose address is not known are not counted: they would keep each other out', async () => {
    const { sessions } = openLimited()
    expect(new Set(await flood(sessions, 10, at(null)))).toEqual(new Set(['none']))
    expect((await sessions.verify(aToken())).status).toBe('none')
  })

  it('may be without limit where somebody says so', async () => {
    const { sessions } = openLimited({ unknownTokens: 'unlimited' })
    expect(new Set(await flood(sessions, 1_000))).toEqual(new Set(['none']))
  })

  it('are told of once in a window, with the client and without a token', async () => {
    const { sessions, events, clock } = openLimited()
    const throttled = () => events.filter(({ type }) => type === 'unknown-tokens-throttled')
    await flood(sessions, 3)
    expect(throttled()).toEqual([])
    await flood(sessions, 50)
    const now = clock.now()
    const type = 'unknown-tokens-throttled'
    expect(throttled()).toEqual([{ type, at: now, until: now + minute, ...here }])
    expect(events).toHaveLength(4)
    clock.advance(minute)
    await flood(sessions, 50)
    expect(throttled()).toHaveLength(2)
  })

  it('are counted for the last 10 000 addresses, whoever has 100 000', async () => {
    const { sessions } = openLimited({ unknownTokens: { limit: 1 } })
    const address = (n: number) => at(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
    for (let n = 0; n < 100_000; n += 1) await sessions.verify(aToken(), address(n))
    const status = async (n: number) => (await sessions.verify(aToken(), address(n))).status
    expect(await status(90_000)).toBe('throttled')
    expect(await status(89_999)).toBe('none')
    // Which has taken the place of the oldest.
    expect(await status(90_000)).toBe('none')
  })

  it.each([
    ['unknownTokens.limit', { limit: 0 }],
    ['unknownTokens.limit', { limit: Number.POSITIVE_INFINITY }],
    ['unknownTokens.window', { window: 999 }],
    ['unknownTokens.window', { window: hour + 1 }],
  ])('cannot have a bad %s', (name, unknownTokens) => {
    const message = expect.stringContaining(name)
    expect(() => openLimited({ unknownTokens })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message }),
    )
  })
})

describe('a session in memory', () => {
  it('goes on while its address is throttled, also where it is asked for fresh', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node({ options: { unknownTokens: { limit: 3 } } })
    const [inUse, other] = [await signIn(sessions), await signIn(sessions, 'user-2')]
    await sessions.verify(inUse.token, here)
    await flood(sessions, 4)
    calls.length = 0
    const answer = async (token: string, fresh: boolean) =>
      (await sessions.verify(token, here, { fresh })).status
    expect(await answer(inUse.token, false)).toBe('active')
    expect(await answer(other.token, false)).toBe('throttled')
    expect(await answer(other.token, true)).toBe('throttled')
    // Its id alone is held by nobody: a guess beside it goes no further.
    expect(await answer(`${inUse.token.slice(0, 23)}${aToken().slice(23)}`, true)).toBe('throttled')
    expect(calls).toEqual([])
    // The store is asked, and what it says counts.
    expect(await answer(inUse.token, true)).toBe('active')
    expect(calls).toEqual(['find'])
    calls.length = 0
    // What memory has no yes for is the store's to say, and nobody asks it.
    await sessions.revoke(inUse.session.id, { reason: 'signed-out' })
    expect(await answer(inUse.token, false)).toBe('throttled')
    expect(await answer(inUse.token, true)).toBe('throttled')
  })
})
