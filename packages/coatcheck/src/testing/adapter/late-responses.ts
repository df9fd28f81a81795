import { expect } from 'vitest'
import { day, second } from '../../domain/time.ts'
import { systemClock } from '../../ports/system.ts'
import { adapterCases, type Scenario } from './case.ts'
import type { RawHeaders, ScenarioClient, ScenarioResponse } from './client.ts'
import { signIn } from './sessions.ts'

const cookieName = '__Host-session'
const expired = expect.stringMatching(/^__Host-session=; .*Max-Age=0/)

function requestWith(
  client: ScenarioClient,
  token: string,
  headers: RawHeaders = [],
): Promise<ScenarioResponse> {
  const cookie = ['Cookie', `${cookieName}=${token}`] as const
  return client.sendWithoutCookies('/page', { headers: [cookie, ...headers] })
}

/** How a session may have ended before the user signs in again. */
const endings: Readonly<Record<string, (scenario: Scenario, token: string) => Promise<unknown>>> = {
  'not at all': async () => {},
  async revoked({ probe, clock }) {
    const ending = { reason: 'ended-by-user', at: clock.now(), by: 'ada' } as const
    await probe.store?.endByUser('ada', ending, null)
    clock.advance(1)
  },
  'timed out': async ({ clock }) => clock.advance(31 * 60 * second),
  async swept({ probe, clock }) {
    clock.advance(day)
    const sweep = { at: clock.now(), idleGrace: 0, limit: 100, cursor: null }
    await probe.store?.endExpired(sweep)
  },
  async 'signed out'({ client }) {
    await client.post('/sign-out')
  },
}

/** A browser whose session has ended in a way, but which still has its cookie. */
async function openEnded(scenario: Scenario, ending: string): Promise<string> {
  scenario.client.cookies.clear()
  const token = await signIn(scenario.client)
  await endings[ending]?.(scenario, token)
  scenario.client.cookies.set(cookieName, token)
  return token
}

export const adapterLateResponseCases = adapterCases('late responses', {
  'never delete the cookie of a later sign-in, however the old session ended': async (scenario) => {
    const { client } = scenario
    for (const ending of Object.keys(endings)) {
      const old = await openEnded(scenario, ending)
      const current = await signIn(client)
      const late = await requestWith(client, old)
      client.store(late)
      expect([ending, late.status, late.setCookies]).toEqual([ending, 303, []])
      expect(client.cookies.get(cookieName)).toBe(current)
      expect((await client.send('/page')).body).toBe('ada')
    }
  },

  'delete the old cookie before a later sign-in, if its session has ended': async (scenario) => {
    const { client } = scenario
    for (const ending of Object.keys(endings)) {
      const old = await openEnded(scenario, ending)
      const early = await requestWith(client, old)
      client.store(early)
      const isEnded = ending !== 'not at all'
      expect([ending, early.setCookies]).toEqual([ending, isEnded ? [expired] : []])
      await signIn(client)
      expect((await client.send('/page')).body).toBe('ada')
    }
  },

  'never delete the cookie of another user who has signed in since': async (scenario) => {
    const { client } = scenario
    const old = await openEnded(scenario, 'revoked')
    await signIn(client, 'grace')
    client.store(await requestWith(client, old))
    expect((await client.send('/page')).body).toBe('grace')
  },

  'never delete the cookie of a rotated or stepped-up session': async (scenario) => {
    const { client, clock } = scenario
    for (const path of ['/rotate', '/step-up']) {
      client.cookies.clear()
      const first = await signIn(client)
      await client.post(path)
      const newer = client.cookies.get(cookieName) ?? ''
      client.store(await requestWith(client, first))
      await client.post(path)
      // The first secret is now unknown, the second one was just replaced.
      for (const old of [first, newer]) client.store(await requestWith(client, old))
      expect((await client.send('/page')).body).toBe('ada')
      const latest = client.cookies.get(cookieName)
      clock.advance(11 * second)
      // The second one is now evidence of theft, which ends the session.
      const late = await requestWith(client, newer)
      client.store(late)
      expect([path, late.headers.location]).toEqual([
        path,
        expect.stringMatching(/session_expired/),
      ])
      expect([path, client.cookies.get(cookieName)]).toEqual([path, latest])
    }
  },

  'never delete the cookie because of an unknown, malformed or repeated token': async (
    scenario,
  ) => {
    const { client, otherClient } = scenario
    const token = await signIn(client)
    const tokens = ['', 'garbage', `${'A'.repeat(22)}${token.slice(22)}`, `${token.slice(0, 23)}`]
    for (const each of tokens) {
      expect([each, (await requestWith(otherClient, each)).setCookies]).toEqual([each, []])
    }
    const repeated = `${token}; ${cookieName}=${token}`
    const response = await requestWith(otherClient, repeated)
    expect([response.status, response.setCookies]).toEqual([303, []])
  },

  'never delete the cookie for the API or for a request of an open page': async (scenario) => {
    const { client } = scenario
    const old = await openEnded(scenario, 'revoked')
    const fromScript: RawHeaders = [['Sec-Fetch-Mode', 'cors']]
    expect((await client.send('/api/session')).setCookies).toEqual([])
    expect((await requestWith(client, old, fromScript)).setCookies).toEqual([])
    const navigation: RawHeaders = [['Sec-Fetch-Mode', 'navigate']]
    expect((await requestWith(client, old, navigation)).setCookies).toEqual([expired])
  },

  'keep the cookie if the store fails to say whether the user signed in again': async (
    scenario,
  ) => {
    const { client, probe } = scenario
    const old = await openEnded(scenario, 'revoked')
    probe.storeFails = 'hasEndedWithoutSuccessor'
    const response = await requestWith(client, old)
    expect([response.status, response.setCookies]).toEqual([503, []])
  },

  'keep the cookie of a session that has ended only by a clock that is ahead': async (scenario) => {
    const { client, clock } = scenario
    clock.set(systemClock.now())
    const token = await signIn(client)
    clock.advance(2 * day)
    const response = await requestWith(client, token)
    expect(response.headers.location).toMatch(/error=session_expired/)
    expect(response.setCookies).toEqual([])
    clock.advance(-2 * day)
    expect((await client.send('/page')).body).toBe('ada')
  },

  'leave a working cookie after two sign-ins with the same old one, in either order': async (
    scenario,
  ) => {
    const { client, otherClient } = scenario
    const old = await openEnded(scenario, 'not at all')
    const tokens: string[] = []
    for (const tab of [client, otherClient]) {
      tab.cookies.set(cookieName, old)
      tokens.push(await signIn(tab))
    }
    const late = await requestWith(client, old)
    for (const token of tokens) {
      client.cookies.set(cookieName, token)
      client.store(late)
      expect((await client.send('/page')).body).toBe('ada')
    }
  },

  'delete the cookie for a sign-out, also that of a sign-in whose response was faster': async ({
    client,
    otherClient,
  }) => {
    const old = await signIn(client)
    const signOut = await client.post('/sign-out')
    otherClient.cookies.set(cookieName, old)
    otherClient.store(signOut)
    await signIn(otherClient)
    expect((await otherClient.send('/page')).body).toBe('ada')
    otherClient.store(signOut)
    expect(otherClient.cookies.has(cookieName)).toBe(false)
  },
})
