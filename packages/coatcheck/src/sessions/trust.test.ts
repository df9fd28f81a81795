import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../test/support/open-cached-sessions.ts'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import type { Client } from '../domain/client.ts'
import { second } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

type Opened = ReturnType<typeof openSessions>

const home: Client = { ipAddress: '192.0.2.7', userAgent: 'Laptop' }
const nextDoor: Client = { ...home, ipAddress: '192.0.2.99' }
const abroad: Client = { ...home, ipAddress: '198.51.100.1' }
const otherAgent: Client = { ...home, userAgent: 'Phone' }

async function reasonFor({ sessions }: Pick<Opened, 'sessions'>, token: string, client: Client) {
  const verified = await sessions.verify(token, client)
  return verified.status === 'active' ? verified.stepUpReason : verified.status
}

async function steppedUp({ sessions }: Pick<Opened, 'sessions'>, token: string, client?: Client) {
  const outcome = await sessions.stepUp(token, client)
  if (outcome.status !== 'rotated') throw new Error(outcome.status)
  expect(outcome.stepUpReason).toBeNull()
  return outcome.token
}

describe('a client that has not proved anything', () => {
  it.each<[string, Client, string | null]>([
    ['the same', home, null],
    ['of the same network', nextDoor, null],
    ['of another network', abroad, 'client-changed'],
    ['another user agent', otherAgent, 'client-changed'],
    ['of which nothing is known', { ipAddress: null, userAgent: null }, 'client-changed'],
  ])('%s: is told from one that has', async (_, client, reason) => {
    const opened = openSessions()
    const { token } = await signIn(opened.sessions, 'user-1', { client: home })
    expect(await reasonFor(opened, token, client)).toBe(reason)
  })

  it('is not looked at where the policy does not look', async () => {
    const noAddress = openSessions({ ipAddressCheck: 'off' })
    const one = await signIn(noAddress.sessions, 'user-1', { client: home })
    expect(await reasonFor(noAddress, one.token, abroad)).toBeNull()
    expect(await reasonFor(noAddress, one.token, otherAgent)).toBe('client-changed')
    const noAgent = openSessions({ userAgentCheck: 'off' })
    const other = await signIn(noAgent.sessions, 'user-1', { client: home })
    expect(await reasonFor(noAgent, other.token, otherAgent)).toBeNull()
    expect(await reasonFor(noAgent, other.token, abroad)).toBe('client-changed')
  })

  it('proves it by a step-up, and the one that signed in is still good', async () => {
    const opened = openSessions()
    const issued = await signIn(opened.sessions, 'user-1', { client: home, data: { items: 2 } })
    const token = await steppedUp(opened, issued.token, abroad)
    for (const client of [home, abroad, { ...abroad, ipAddress: '198.51.100.9' }]) {
      expect(await reasonFor(opened, token, client)).toBeNull()
    }
    expect(await reasonFor(opened, token, otherAgent)).toBe('client-changed')
    expect(await opened.sessions.verify(token)).toMatchObject({ session: { data: { items: 2 } } })
  })

  it('cannot prove it for others: where no client is given, none is confirmed', async () => {
    const opened = openSessions()
    const { token } = await signIn(opened.sessions, 'user-1', { client: home })
    const after = await steppedUp(opened, token)
    expect(await reasonFor(opened, after, abroad)).toBe('client-changed')
  })

  it('is remembered beside seven others; what is stored names no address', async () => {
    const opened = openSessions()
    const issued = await signIn(opened.sessions, 'user-1', { client: home })
    let token = issued.token
    const from = (n: number): Client => ({ ...home, ipAddress: `203.0.${n}.7` })
    for (let n = 0; n < 9; n += 1) token = await steppedUp(opened, token, from(n))
    expect(await reasonFor(opened, token, from(0))).toBe('client-changed')
    for (let n = 1; n < 9; n += 1) expect(await reasonFor(opened, token, from(n))).toBeNull()
    const record = await opened.store.find(issued.session.id)
    expect(record?.data).not.toContain('203.0')
  })

  it('is asked by memory as by the store', async () => {
    await using nodes = openCachedNodes()
    const here = nodes.node()
    const { token } = await signIn(here.sessions, 'user-1', { client: home })
    await here.sessions.verify(token, home)
    here.calls.length = 0
    expect(await reasonFor(here, token, home)).toBeNull()
    expect(await reasonFor(here, token, abroad)).toBe('client-changed')
    expect(here.calls).toEqual([])
  })
})

describe('a session that is distrusted', () => {
  it('goes on, and is asked for a step-up, which lifts it', async () => {
    const opened = openSessions()
    const { sessions, clock, events } = opened
    const { token, session } = await signIn(sessions, 'user-1', { client: home })
    expect(await sessions.distrust(session.id)).toBe(true)
    expect(await reasonFor(opened, token, home)).toBe('distrusted')
    const about = { at: clock.now(), sessionId: session.id, userId: 'user-1' }
    expect(events.at(-1)).toEqual({ type: 'session-distrusted', ...about })
    clock.advance(1)
    const after = await steppedUp(opened, token, home)
    expect(await reasonFor(opened, after, home)).toBeNull()
  })

  it('is told of once, though several have seen the same', async () => {
    const { sessions, clock, events } = openSessions()
    const { session } = await signIn(sessions)
    const at = clock.now()
    await Promise.all([1, 2, 3].map((n) => sessions.distrust(session.id, at - n)))
    await sessions.distrust(session.id, at - 3)
    expect(await sessions.distrust(session.id, at)).toBe(true)
    expect(events.filter(({ type }) => type === 'session-distrusted').at(-1)).toMatchObject({ at })
    const told = events.length
    await Promise.all([1, 2, 3].map(() => sessions.distrust(session.id, at)))
    expect(events).toHaveLength(told)
  })

  it('stays so for what was seen after a step-up, and not for what was told late', async () => {
    const opened = openSessions()
    const { sessions, clock, events } = opened
    const { token, session } = await signIn(sessions, 'user-1', { client: home })
    const seenAt = clock.now()
    clock.advance(second)
    const after = await steppedUp(opened, token, home)
    await sessions.distrust(session.id, seenAt)
    expect(events.map(({ type }) => type)).not.toContain('session-distrusted')
    expect(await reasonFor(opened, after, home)).toBeNull()
    clock.advance(second)
    await sessions.distrust(session.id)
    expect(await reasonFor(opened, after, home)).toBe('distrusted')
  })

  it('is, for whoever holds the secret from before the step-up', async () => {
    const opened = openSessions()
    const { sessions, clock } = opened
    const { token, session } = await signIn(sessions, 'user-1', { client: home })
    clock.advance(second)
    await sessions.distrust(session.id)
    clock.advance(second)
    await steppedUp(opened, token, home)
    expect(await reasonFor(opened, token, home)).toBe('distrusted')
  })

  it('is lifted by a step-up under a clock that was set back', async () => {
    const opened = openSessions()
    const { sessions, clock } = opened
    const { token, session } = await signIn(sessions, 'user-1', { client: home })
    await sessions.distrust(session.id, clock.now())
    clock.set(clock.now() - 10 * second)
    const after = await steppedUp(opened, token, home)
    expect(await reasonFor(opened, after, home)).toBeNull()
  })

  it('is not, and not revived, once it has ended', async () => {
    const { sessions, store } = openSessions()
    const { session } = await signIn(sessions)
    await sessions.revoke(session.id, { reason: 'ended-by-user' })
    const before = await store.find(session.id)
    expect(await sessions.distrust(session.id)).toBe(false)
    expect(await store.find(session.id)).toEqual(before)
    await expect(sessions.distrust(session.id, Number.NaN)).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  it('is at once in another process, whatever that has in memory', async () => {
    await using nodes = openCachedNodes()
    const here = nodes.node()
    const there = nodes.node()
    const { token, session } = await signIn(here.sessions, 'user-1', { client: home })
    await here.sessions.verify(token, home)
    await there.sessions.distrust(session.id)
    expect(await reasonFor(here, token, home)).toBe('distrusted')
    here.held.hold()
    nodes.pass(second)
    await there.sessions.distrust(session.id)
    const fresh = await here.sessions.verify(token, home, { fresh: true })
    expect(fresh).toMatchObject({ stepUpReason: 'distrusted' })
  })

  it('keeps its secret where the store fails during a step-up', async () => {
    const memory = createMemorySessionStore()
    let fails = false
    const replaceData: typeof memory.replaceData = (id, replacement) =>
      fails ? Promise.reject(new Error('planted')) : memory.replaceData(id, replacement)
    const opened = openSessions({ store: { ...memory, replaceData } })
    const { token } = await signIn(opened.sessions, 'user-1', { client: home })
    fails = true
    await expect(opened.sessions.stepUp(token, abroad)).rejects.toThrow('planted')
    fails = false
    opened.clock.advance(60 * second)
    expect(await reasonFor(opened, token, home)).toBeNull()
  })
})

it('a change of client says who it is now and when the session was last used before', async () => {
  const { sessions, clock, events } = openSessions()
  const { token } = await signIn(sessions, 'user-1', { client: home })
  clock.advance(5 * second)
  await sessions.verify(token, home)
  const lastActivityAt = clock.now()
  clock.advance(7 * second)
  await sessions.verify(token, { ...abroad, userAgent: 'Phone' })
  const client = { ipAddress: abroad.ipAddress, userAgent: 'Phone' }
  expect(events.slice(-2)).toMatchObject([
    {
      type: 'address-changed',
      from: home.ipAddress,
      to: abroad.ipAddress,
      ...client,
      lastActivityAt,
    },
    { type: 'user-agent-changed', from: 'Laptop', to: 'Phone', ...client, lastActivityAt },
  ])
})
