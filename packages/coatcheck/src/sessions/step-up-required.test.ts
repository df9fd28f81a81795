import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../test/support/open-cached-sessions.ts'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import type { Client } from '../domain/client.ts'
import { second } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

type Opened = ReturnType<typeof openSessions>

const home: Client = { ipAddress: '192.0.2.7', userAgent: 'Laptop' }
const sameNetwork: Client = { ...home, ipAddress: '192.0.2.99' }
const otherNetwork: Client = { ...home, ipAddress: '198.51.100.1' }
const otherUserAgent: Client = { ...home, userAgent: 'Phone' }

async function stepUpReasonFor(
  { sessions }: Pick<Opened, 'sessions'>,
  token: string,
  client: Client,
) {
  const verified = await sessions.verify(token, client)
  return verified.status === 'active' ? verified.stepUpReason : verified.status
}

async function stepUp({ sessions }: Pick<Opened, 'sessions'>, token: string, client?: Client) {
  const outcome = await sessions.stepUp(token, client && { client })
  if (outcome.status !== 'rotated') throw new Error(outcome.status)
  expect(outcome.stepUpReason).toBeNull()
  return outcome.token
}

describe('unconfirmed client', () => {
  it.each<[string, string | null, Client]>([
    ['no change', null, home],
    ['another IP address in the network', null, sameNetwork],
    ['another network', 'client-changed', otherNetwork],
    ['another user agent', 'client-changed', otherUserAgent],
    ['no known properties', 'client-changed', { ipAddress: null, userAgent: null }],
  ])('client with %s has step-up reason %s', async (_, reason, client) => {
    const opened = openSessions()
    const { token } = await signIn(opened.sessions, 'user-1', { client: home })
    expect(await stepUpReasonFor(opened, token, client)).toBe(reason)
  })

  it('ignores the parts of the client whose check is off', async () => {
    const withoutIpAddressCheck = openSessions({ ipAddressCheck: 'off' })
    const one = await signIn(withoutIpAddressCheck.sessions, 'user-1', { client: home })
    expect(await stepUpReasonFor(withoutIpAddressCheck, one.token, otherNetwork)).toBeNull()
    expect(await stepUpReasonFor(withoutIpAddressCheck, one.token, otherUserAgent)).toBe(
      'client-changed',
    )
    const withoutUserAgentCheck = openSessions({ userAgentCheck: 'off' })
    const other = await signIn(withoutUserAgentCheck.sessions, 'user-1', { client: home })
    expect(await stepUpReasonFor(withoutUserAgentCheck, other.token, otherUserAgent)).toBeNull()
    expect(await stepUpReasonFor(withoutUserAgentCheck, other.token, otherNetwork)).toBe(
      'client-changed',
    )
  })

  it('is confirmed by a step-up, and the client that signed in stays confirmed', async () => {
    const opened = openSessions()
    const issued = await signIn(opened.sessions, 'user-1', { client: home, data: { items: 2 } })
    const token = await stepUp(opened, issued.token, otherNetwork)
    for (const client of [home, otherNetwork, { ...otherNetwork, ipAddress: '198.51.100.9' }]) {
      expect(await stepUpReasonFor(opened, token, client)).toBeNull()
    }
    expect(await stepUpReasonFor(opened, token, otherUserAgent)).toBe('client-changed')
    expect(await opened.sessions.verify(token)).toMatchObject({ session: { data: { items: 2 } } })
  })

  it('is not confirmed by a step-up without a client', async () => {
    const opened = openSessions()
    const { token } = await signIn(opened.sessions, 'user-1', { client: home })
    const after = await stepUp(opened, token)
    expect(await stepUpReasonFor(opened, after, otherNetwork)).toBe('client-changed')
  })

  it('keeps the eight newest confirmed clients and stores no IP address', async () => {
    const opened = openSessions()
    const issued = await signIn(opened.sessions, 'user-1', { client: home })
    let token = issued.token
    const clientFrom = (n: number): Client => ({ ...home, ipAddress: `203.0.${n}.7` })
    for (let n = 0; n < 9; n += 1) token = await stepUp(opened, token, clientFrom(n))
    expect(await stepUpReasonFor(opened, token, clientFrom(0))).toBe('client-changed')
    for (let n = 1; n < 9; n += 1)
      expect(await stepUpReasonFor(opened, token, clientFrom(n))).toBeNull()
    const record = await opened.store.find(issued.session.id)
    expect(record?.data).not.toContain('203.0')
  })

  it('requires the same step-up from the cache as from the store', async () => {
    await using nodes = openCachedNodes()
    const here = nodes.node()
    const { token } = await signIn(here.sessions, 'user-1', { client: home })
    await here.sessions.verify(token, home)
    here.calls.length = 0
    expect(await stepUpReasonFor(here, token, home)).toBeNull()
    expect(await stepUpReasonFor(here, token, otherNetwork)).toBe('client-changed')
    expect(here.calls).toEqual([])
  })
})

describe('requireStepUp', () => {
  it('leaves the session active until a step-up clears the requirement', async () => {
    const opened = openSessions()
    const { sessions, clock, events } = opened
    const { token, session } = await signIn(sessions, 'user-1', { client: home })
    expect(await sessions.requireStepUp(session.id)).toBe(true)
    expect(await stepUpReasonFor(opened, token, home)).toBe('step-up-required')
    const fields = { at: clock.now(), sessionId: session.id, userId: 'user-1' }
    expect(events.at(-1)).toEqual({ type: 'step-up-required', ...fields })
    clock.advance(1)
    const after = await stepUp(opened, token, home)
    expect(await stepUpReasonFor(opened, after, home)).toBeNull()
  })

  it('reports concurrent calls for the same instant once', async () => {
    const { sessions, clock, events } = openSessions()
    const { session } = await signIn(sessions)
    const at = clock.now()
    await Promise.all([1, 2, 3].map((n) => sessions.requireStepUp(session.id, at - n)))
    await sessions.requireStepUp(session.id, at - 3)
    expect(await sessions.requireStepUp(session.id, at)).toBe(true)
    expect(events.filter(({ type }) => type === 'step-up-required').at(-1)).toMatchObject({ at })
    const eventCount = events.length
    await Promise.all([1, 2, 3].map(() => sessions.requireStepUp(session.id, at)))
    expect(events).toHaveLength(eventCount)
  })

  it('applies to a signal after the last step-up, not to a late earlier one', async () => {
    const opened = openSessions()
    const { sessions, clock, events } = opened
    const { token, session } = await signIn(sessions, 'user-1', { client: home })
    const seenAt = clock.now()
    clock.advance(second)
    const after = await stepUp(opened, token, home)
    await sessions.requireStepUp(session.id, seenAt)
    expect(events.map(({ type }) => type)).not.toContain('step-up-required')
    expect(await stepUpReasonFor(opened, after, home)).toBeNull()
    clock.advance(second)
    await sessions.requireStepUp(session.id)
    expect(await stepUpReasonFor(opened, after, home)).toBe('step-up-required')
  })

  it('still applies to the secret from before the step-up', async () => {
    const opened = openSessions()
    const { sessions, clock } = opened
    const { token, session } = await signIn(sessions, 'user-1', { client: home })
    clock.advance(second)
    await sessions.requireStepUp(session.id)
    clock.advance(second)
    await stepUp(opened, token, home)
    expect(await stepUpReasonFor(opened, token, home)).toBe('step-up-required')
  })

  it('is cleared by a step-up even after the clock was set back', async () => {
    const opened = openSessions()
    const { sessions, clock } = opened
    const { token, session } = await signIn(sessions, 'user-1', { client: home })
    await sessions.requireStepUp(session.id, clock.now())
    clock.set(clock.now() - 10 * second)
    const after = await stepUp(opened, token, home)
    expect(await stepUpReasonFor(opened, after, home)).toBeNull()
  })

  it('does not change an ended session', async () => {
    const { sessions, store } = openSessions()
    const { session } = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'ended-by-user' })
    const before = await store.find(session.id)
    expect(await sessions.requireStepUp(session.id)).toBe(false)
    expect(await store.find(session.id)).toEqual(before)
    await expect(sessions.requireStepUp(session.id, Number.NaN)).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  it('applies immediately to an uncached verification in another process', async () => {
    await using nodes = openCachedNodes()
    const here = nodes.node()
    const there = nodes.node()
    const { token, session } = await signIn(here.sessions, 'user-1', { client: home })
    await here.sessions.verify(token, home)
    await there.sessions.requireStepUp(session.id)
    expect(await stepUpReasonFor(here, token, home)).toBe('step-up-required')
    here.channelControl.pause()
    nodes.advance(second)
    await there.sessions.requireStepUp(session.id)
    const uncached = await here.sessions.verify(token, home, { skipCache: true })
    expect(uncached).toMatchObject({ stepUpReason: 'step-up-required' })
  })

  it('leaves the secret valid if the store fails during a step-up', async () => {
    const memory = createMemorySessionStore()
    let isFailing = false
    const updateData: typeof memory.updateData = (id, update) =>
      isFailing ? Promise.reject(new Error('store failed')) : memory.updateData(id, update)
    const opened = openSessions({ store: { ...memory, updateData } })
    const { token } = await signIn(opened.sessions, 'user-1', { client: home })
    isFailing = true
    await expect(opened.sessions.stepUp(token, { client: otherNetwork })).rejects.toThrow(
      'store failed',
    )
    isFailing = false
    opened.clock.advance(60 * second)
    expect(await stepUpReasonFor(opened, token, home)).toBeNull()
  })
})

it('a client change event contains the new client and the last activity before it', async () => {
  const { sessions, clock, events } = openSessions()
  const { token } = await signIn(sessions, 'user-1', { client: home })
  clock.advance(5 * second)
  await sessions.verify(token, home)
  const lastActivityAt = clock.now()
  clock.advance(7 * second)
  await sessions.verify(token, { ...otherNetwork, userAgent: 'Phone' })
  const client = { ipAddress: otherNetwork.ipAddress, userAgent: 'Phone' }
  expect(events.slice(-2)).toMatchObject([
    {
      type: 'ip-address-changed',
      from: home.ipAddress,
      to: otherNetwork.ipAddress,
      ...client,
      lastActivityAt,
    },
    { type: 'user-agent-changed', from: 'Laptop', to: 'Phone', ...client, lastActivityAt },
  ])
})
