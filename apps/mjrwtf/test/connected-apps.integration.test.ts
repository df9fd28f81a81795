import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { day, minute } from '../src/domain/time.ts'
import { aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import { linkFor, openedLink, requestPasswordReset } from './support/emails.ts'
import { aClient, aCode, actAs, aRequest } from './support/oauth.ts'
import type { TestApp } from './support/open-app.ts'
import { bearer } from './support/personal-tokens.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const path = '/settings/connected-apps'
const newPassword = 'lantern gravel oboe sixty'

interface Ending {
  /** `browser`: of the user whose grant may end. */
  act(app: TestApp, browser: SignedInBrowser): Promise<unknown>
}

const passwordChanges: Readonly<Record<string, Ending>> = {
  'a change of the password': {
    act: (_, browser) => {
      const { password: current_password } = browser.account
      return browser.submit('/settings/password', { current_password, new_password: newPassword })
    },
  },
  'a reset of the password': {
    async act(app, { account: { email } }) {
      await requestPasswordReset(app, email)
      const browser = await openedLink(app, await linkFor(app, email, 'reset-password'))
      await browser.submit('/reset', { password: newPassword })
    },
  },
}

const endings: Readonly<Record<string, Ending>> = {
  ...passwordChanges,
  'signing out the other devices': {
    act: (_, browser) =>
      browser.submit('/settings/sessions/revoke-others', {}, { on: '/settings/sessions' }),
  },
  'signing out everywhere': {
    act: (_, browser) =>
      browser.submit('/settings/sessions/revoke-all', {}, { on: '/settings/sessions' }),
  },
  'an administrator who signs the user out': {
    async act(app, { account }) {
      const operator = await app.persistence.users.findOperator()
      if (operator === null) throw new Error('No administrator.')
      await app.features.operator.endUserSessions({ operator, sessionId: null }, account.id)
    },
  },
  'the deletion of the account': {
    act: (_, browser) => browser.submit('/settings/delete', { email: browser.account.email }),
  },
}

describe.each(databases)('connected apps on %s', (kind) => {
  const app = useApp(kind)

  async function open() {
    await app().account()
    const browser = await aSignedInBrowser(app(), await app().account())
    const client = await aClient(app(), { name: 'Menu printer' })
    return { browser, client, acting: actAs(app(), client) }
  }

  it('lists what the user has allowed, and ends one or all of it immediately', async () => {
    const { browser, acting } = await open()
    expect(textOf(await browser.open(path))).toContain('No app has access to your account.')
    const [first, second, third] = [
      await acting.connect(browser),
      await acting.connect(browser, { scope: 'links:read' }),
      await acting.connect(browser),
    ]
    app().clock.advance(minute)
    const page = await browser.open(path)
    expect(textOf(page).split('Menu printer (').length).toBe(1)
    expect(textOf(page)).toContain('Create, edit and delete your links')
    const ids = [...page.body.matchAll(/connected-apps\/([\w-]{22})\/revoke/g)].map(([, id]) => id)
    expect(ids).toHaveLength(3)
    const overview = textOf(await browser.open('/settings/security'))
    expect(overview).toContain('Connected apps 3 apps can use your account')

    const other = await aSignedInBrowser(app(), await app().account())
    const end = `${path}/${ids[0]}/revoke`
    expect((await other.submit(end, {}, { on: path })).status).toBe(404)
    expect(await acting.isActive(third)).toBe(true)

    const ended = await browser.submit(end, {}, { on: path })
    expect([ended.status, ended.location]).toEqual([303, path])
    const active = await Promise.all([first, second, third].map(acting.isActive))
    expect(active.filter((each) => each)).toHaveLength(2)
    expect((await browser.submit(end, {}, { on: path })).status).toBe(404)

    await browser.submit(`${path}/revoke-all`, {}, { on: path })
    expect(textOf(await browser.open(path))).toContain('2 apps disconnected.')
    for (const tokens of [first, second, third]) {
      expect(await acting.isActive(tokens)).toBe(false)
      expect((await acting.refresh(tokens.refresh_token)).status).toBe(400)
    }
    await app().flushSecurityEvents()
    expect(textOf(await browser.open('/settings/security-log'))).toContain('App disconnected')
  })

  it('asks for a recent authentication before it ends anything', async () => {
    const { browser, acting } = await open()
    const tokens = await acting.connect(browser)
    app().clock.advance(16 * minute)
    const refreshed = await acting.refresh(tokens.refresh_token)
    const answer = await browser.submit(`${path}/revoke-all`, {}, { on: path })
    expect(answer.location).toMatch(/^\/reauthenticate/)
    expect((await acting.refresh(Object(refreshed.json()).refresh_token)).status).toBe(200)
  })

  it.each(Object.entries(endings))('ends all grants of a user with %s', async (_, { act }) => {
    const { browser, acting } = await open()
    const other = await aSignedInBrowser(app(), await app().account())
    const [tokens, others] = [await acting.connect(browser), await acting.connect(other)]
    expect(await acting.isActive(tokens)).toBe(true)
    await act(app(), browser)
    expect(await acting.isActive(tokens)).toBe(false)
    expect((await acting.refresh(tokens.refresh_token)).status).toBe(400)
    expect(await acting.isActive(others)).toBe(true)
  })

  it.each(Object.entries(passwordChanges))(
    'accepts no grant from before %s, even if ending them fails',
    async (_, { act }) => {
      const { browser, client, acting } = await open()
      const confidential = await aClient(app(), { kind: 'confidential' })
      const seen = actAs(app(), confidential)
      const [one, two, three] = [
        await acting.connect(browser),
        await acting.connect(browser),
        await seen.connect(browser),
      ]
      const late = aRequest(client)
      const code = await aCode(app(), browser, late)
      const blocked = app().faults.block('grantStore.insert')
      const exchanging = acting.exchange(late, code)
      await blocked.reached
      app().clock.advance(1)
      app().faults.fail('grantStore.endByUser', () => new SessionError('store-unavailable', 'down'))
      await act(app(), browser)
      app().faults.restore()
      app().clock.advance(1)
      blocked.release()
      expect((await exchanging).status).toBe(400)
      for (const token of [one.access_token, three.access_token]) {
        expect((await app().send('/api/urls', { headers: bearer(token) })).status).toBe(401)
      }
      for (const tokens of [one, two, three]) {
        const { body } = await seen.call('/oauth/introspect', { token: tokens.refresh_token })
        expect(JSON.parse(body)).toEqual({ active: false })
        const { refresh } = tokens === three ? seen : acting
        const answer = await refresh(tokens.refresh_token)
        expect([answer.status, Object(answer.json()).error]).toEqual([400, 'invalid_grant'])
      }
      expect(await app().grants.list(browser.account.id)).toEqual([])
    },
  )

  it('accepts grants from after a password change', async () => {
    const { browser, acting } = await open()
    await passwordChanges['a change of the password']?.act(app(), browser)
    app().clock.advance(1)
    const tokens = await acting.connect(browser)
    const headers = bearer(tokens.access_token)
    expect((await app().send('/api/urls', { headers })).status).toBe(200)
    expect((await acting.refresh(tokens.refresh_token)).status).toBe(200)
  })

  it('keeps the grants when the session in which they were allowed signs out or expires', async () => {
    const { browser, acting } = await open()
    const tokens = await acting.connect(browser)
    await browser.submit('/logout', {}, { on: '/dashboard' })
    expect(await acting.isActive(tokens)).toBe(true)
    app().clock.advance(3 * day)
    await app().sweepSessions()
    expect((await acting.refresh(tokens.refresh_token)).status).toBe(200)
  })

  it('exports what the user has allowed, without tokens', async () => {
    const { browser, client, acting } = await open()
    const tokens = await acting.connect(browser, { scope: 'links:read' })
    const { body } = await browser.submit('/settings/export', { file: 'everything' })
    const at = new Date(app().clock.now()).toISOString()
    expect(Object(JSON.parse(body)).connected_apps).toEqual([
      {
        ...{ id: expect.stringMatching(/^[\w-]{22}$/), name: 'Menu printer', client_id: client.id },
        ...{ scope: 'links:read', created_at: at, last_active_at: at },
        expires_at: new Date(app().clock.now() + 365 * day).toISOString(),
      },
    ])
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      expect(body).not.toContain(token.slice(-30))
    }
  })

  it('reports a new app by email, with its name and without a secret', async () => {
    const { browser, acting } = await open()
    const tokens = await acting.connect(browser)
    const emails = app()
      .emails()
      .filter(({ to }) => to === browser.account.email)
    expect(emails.map(({ email }) => email.kind)).toContain('app-connected')
    expect(JSON.stringify(emails)).toContain('Menu printer')
    expect(JSON.stringify(emails)).not.toContain(tokens.access_token.slice(-20))
  })
})
