import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fetch } from '../src/adapters/api-client/http.ts'
import type { OpenKeyringEntry } from '../src/adapters/api-client/token-store.ts'
import { createUserClient, type UserClientOptions } from '../src/adapters/api-client/user-client.ts'
import { minute, second } from '../src/domain/time.ts'
import { aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import { createClientFetch } from './support/client-fetch.ts'
import { useApp } from './support/use-app.ts'
import { anUserCodeEntry } from './support/user-codes.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

const stateFile = () => join(folder, 'client.json')
const state = () => JSON.parse(readFileSync(stateFile(), 'utf8'))

describe('the command line of a user', () => {
  const app = useApp('sqlite')

  /** One invocation of `mjrwtf` by the user of this folder. */
  function anInvocation(changes: Partial<UserClientOptions> = {}) {
    const { baseUrl, clock } = app()
    const wait = async () => clock.advance(6 * second)
    const own = { folder, server: baseUrl, keyring: null, version: '1.2.3', clock, wait }
    return createUserClient({ ...own, fetch: createClientFetch(app()), ...changes })
  }

  /** Signs in while the user decides in the browser. */
  async function login(
    browser: SignedInBrowser,
    decision: 'allow' | 'deny' = 'allow',
    changes: Partial<UserClientOptions> = {},
  ) {
    let decided: Promise<unknown> = Promise.resolve()
    const wait = async () => {
      await decided
      app().clock.advance(6 * second)
    }
    return anInvocation({ wait, ...changes }).login(({ userCode }) => {
      app().leakDetector.addSecret(userCode.replace('-', ''), 'code')
      decided = anUserCodeEntry(browser, userCode).decide(decision)
    })
  }

  async function aSignedInUser(changes: Partial<UserClientOptions> = {}): Promise<SignedInBrowser> {
    const browser = await aSignedInBrowser(app(), await app().account())
    await login(browser, 'allow', changes)
    return browser
  }

  const create = (original_url: string) =>
    anInvocation().callApi('/api/urls', { method: 'POST', json: { original_url } })

  it('signs in by a code, creates links and ends its access', async () => {
    const browser = await aSignedInUser()
    expect(statSync(stateFile()).mode & 0o777).toBe(0o600)
    expect(await create('https://dest.test/menu')).toMatchObject({
      original_url: 'https://dest.test/menu',
    })
    expect(await anInvocation({ server: null }).callApi('/api/urls')).toMatchObject({ total: 1 })
    const apps = await browser.open('/settings/connected-apps')
    expect(textOf(apps)).toContain('mjrwtf on the command line')

    expect(await anInvocation().logout()).toBe(true)
    expect(await app().grants.list(browser.account.id)).toEqual([])
    expect(state().tokens).toEqual({})
    await expect(create('https://dest.test/')).rejects.toThrow('You are not signed in. Run: mjrwtf')
    expect(await anInvocation().logout()).toBe(false)
  })

  it('ends the access of the sign-in before', async () => {
    const browser = await aSignedInUser()
    await login(browser)
    expect(await app().grants.list(browser.account.id)).toHaveLength(1)
  })

  it('says so if the user denies the request', async () => {
    const browser = await aSignedInBrowser(app(), await app().account())
    await expect(login(browser, 'deny')).rejects.toThrow('You did not allow the access.')
  })

  it('refreshes an expired token once for 10 parallel invocations', async () => {
    const browser = await aSignedInUser()
    app().clock.advance(16 * minute)
    const refreshes: string[] = []
    const counting: Fetch = (url, init) => {
      if (String(url).endsWith('/oauth/token')) refreshes.push(String(url))
      return createClientFetch(app())(url, init)
    }
    const lists = Array.from({ length: 10 }, () =>
      anInvocation({ fetch: counting }).callApi('/api/urls'),
    )
    expect(await Promise.all(lists)).toHaveLength(10)
    expect(refreshes).toHaveLength(1)
    app().clock.advance(16 * minute)
    expect(await anInvocation().callApi('/api/urls')).toMatchObject({ total: 0 })
    expect(await app().grants.list(browser.account.id)).toHaveLength(1)
  })

  it('repeats a refresh whose response was lost', async () => {
    await aSignedInUser()
    app().clock.advance(16 * minute)
    let isLost = false
    const losing: Fetch = async (url, init) => {
      const response = await createClientFetch(app())(url, init)
      if (isLost || !String(url).endsWith('/oauth/token')) return response
      isLost = true
      throw new TypeError('the connection was closed')
    }
    expect(await anInvocation({ fetch: losing }).callApi('/api/urls')).toMatchObject({ total: 0 })
    expect(isLost).toBe(true)
  })

  it('forgets tokens whose access the user has ended on the page', async () => {
    const browser = await aSignedInUser()
    const [grant] = await app().grants.list(browser.account.id)
    await app().grants.revoke(browser.account.id, grant?.id ?? '', { reason: 'ended-by-user' })
    await expect(create('https://dest.test/')).rejects.toThrow('You are not signed in.')
    expect(state().tokens).toEqual({})
  })

  it('deletes its tokens although the server cannot be reached, and says what is left', async () => {
    await aSignedInUser()
    const failing: Fetch = () => Promise.reject(new TypeError('no route'))
    await expect(anInvocation({ fetch: failing }).logout()).rejects.toThrow(
      /tokens were deleted here.*\/settings\/connected-apps$/,
    )
    expect(state().tokens).toEqual({})
  })

  it('shows the message of the API for a refused request, with the field', async () => {
    await aSignedInUser()
    await expect(create('not a url')).rejects.toThrow(/original_url: .* Request ID: \S+$/)
  })

  it('stores tokens in the keyring if it works, and else in the file', async () => {
    const entries = new Map<string, string>()
    const keyring: OpenKeyringEntry = (service, user) => ({
      getPassword: () => entries.get(`${service} ${user}`) ?? null,
      setPassword: (password) => void entries.set(`${service} ${user}`, password),
      deletePassword: () => void entries.delete(`${service} ${user}`),
    })
    await aSignedInUser({ keyring })
    expect([...entries.keys()]).toEqual([`mjrwtf ${app().baseUrl}`])
    expect(state()).toEqual({ server: app().baseUrl, tokens: {} })
    expect(await anInvocation({ keyring }).callApi('/api/urls')).toMatchObject({ total: 0 })

    const broken: OpenKeyringEntry = () => {
      throw new Error('There is no keyring.')
    }
    const browser = await aSignedInBrowser(app(), await app().account())
    expect(await login(browser, 'allow', { keyring: broken })).toEqual({ storedIn: stateFile() })
    expect(await anInvocation({ keyring: broken }).callApi('/api/urls')).toMatchObject({ total: 0 })
  })

  it('sends a token neither unencrypted nor to another server', async () => {
    expect(() => anInvocation({ server: 'http://links.example' })).toThrow(/is not the URL/)
    expect(anInvocation({ server: 'links.example' }).server).toBe('https://links.example')
    await aSignedInUser()
    const redirects: string[] = []
    const redirecting: Fetch = async (_url, { redirect }) => {
      redirects.push(redirect)
      return new Response(null, { status: 302, headers: { Location: 'https://evil.example/' } })
    }
    await expect(anInvocation({ fetch: redirecting }).callApi('/api/urls')).rejects.toThrow('302')
    expect(redirects).toEqual(['manual'])
  })
})
