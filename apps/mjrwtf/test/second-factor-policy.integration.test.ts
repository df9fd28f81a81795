import { describe, expect, it } from 'vitest'
import { readSecretFile } from '../src/adapters/process/read-secret-file.ts'
import { loadConfig } from '../src/config/config.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import {
  addAuthenticator,
  anAccountWithAuthenticator,
  enrollAuthenticator,
  sendCode,
} from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const setUpPage = '/settings/second-factor'
const sharedToken = 'a-shared-token-of-32-characters-or-more'
const env = { SIGNUP: 'invite', AUTH_TOKEN: sharedToken }

it('is required of administrators unless the operator chooses otherwise (V6.3.3)', () => {
  const loaded = loadConfig({}, { readSecretFile })
  expect(loaded.status === 'ok' && loaded.config.requireSecondFactor).toBe('administrators')
})

describe.each(databases)('REQUIRE_SECOND_FACTOR on %s', (kind) => {
  describe('administrators, the default', () => {
    // An empty variable is a missing one, which undoes the `off` of the other tests.
    const app = useApp(kind, { env: { ...env, REQUIRE_SECOND_FACTOR: '' } })

    it('sends an administrator without a factor from administration pages to set one up', async () => {
      const operator = await aSignedInBrowser(app())
      const page = await operator.open('/settings/users?limit=5')
      expect(page.status).toBe(303)
      expect(page.location).toBe(`${setUpPage}?next=%2Fsettings%2Fusers%3Flimit%3D5`)
      expect((await operator.open('/settings/invitations')).location).toBe(
        `${setUpPage}?next=%2Fsettings%2Finvitations`,
      )
      for (const path of ['/settings/invitations', '/settings/users/revoke-all']) {
        const answer = await operator.submit(path, {}, { on: '/dashboard' })
        expect([answer.status, answer.location]).toEqual([303, setUpPage])
      }
      expect(await app().storage.query('SELECT id FROM invites')).toEqual([])

      const setUp = await operator.open(page.location)
      expect(textOf(setUp)).toContain('Administrators of this site need a second factor')
      expect(setUp.body).toContain('href="/settings/passkeys"')
      expect(setUp.body).toContain('href="/settings/authenticators"')
    })

    it('opens administration pages only to a session that has shown a second factor', async () => {
      await using fresh = await anApp(kind, { env: { ...env, REQUIRE_SECOND_FACTOR: '' } })
      // Its session is older than its second factor, so it has level 1.
      const before = await aSignedInBrowser(fresh)
      const { account } = before
      const authenticator = await enrollAuthenticator(fresh, account)
      for (const path of ['/settings/users', '/settings/invitations']) {
        const { location } = await before.open(path)
        expect(location).toMatch(/^\/reauthenticate\?(.*&)?level=2/)
        expect(location).toContain(`next=${encodeURIComponent(path)}`)
      }
      const answer = await before.submit('/settings/users/revoke-all', {}, { on: '/dashboard' })
      expect(answer.location).toMatch(/^\/reauthenticate\?/)

      const browser = aBrowser(fresh)
      await browser.signIn(account)
      expect((await sendCode(browser, authenticator)).location).toBe('/dashboard')
      for (const path of ['/settings/users', '/settings/invitations'])
        expect((await browser.open(path)).status, path).toBe(200)
    })

    it('leaves all other pages open, and other users at all', async () => {
      const operator = await aSignedInBrowser(app())
      const user = await aSignedInBrowser(app())
      for (const browser of [operator, user]) {
        for (const path of ['/dashboard', '/settings/security', '/settings/account', '/create'])
          expect((await browser.open(path)).status, path).toBe(200)
        expect((await browser.send('/api/session')).status).toBe(200)
      }
      expect((await user.open('/settings/users')).status).toBe(404)
      expect((await user.open('/settings/invitations')).status).toBe(404)
    })
  })

  describe('everyone', () => {
    const app = useApp(kind, { env: { ...env, REQUIRE_SECOND_FACTOR: 'everyone' } })

    it('sends a user without a factor from every page to set one up, except those for it', async () => {
      const user = await aSignedInBrowser(app())
      for (const path of ['/dashboard', '/create', '/settings/account', '/settings/security-log']) {
        const answer = await user.open(path)
        const location = `${setUpPage}?next=${encodeURIComponent(path)}`
        expect([answer.status, answer.location], path).toEqual([303, location])
      }
      const fields = { original_url: 'https://example.com/' }
      const created = await user.submit('/create', fields, { on: '/settings/security' })
      expect([created.status, created.location]).toEqual([303, setUpPage])
      expect(await app().storage.query('SELECT id FROM links')).toEqual([])

      for (const path of [setUpPage, '/settings/security', '/reauthenticate'])
        expect((await user.open(path)).status, path).toBe(200)
      expect(textOf(await user.open(setUpPage))).toContain('requires a second factor for every')
      const signedOut = await user.submit('/logout', {}, { on: setUpPage })
      expect(signedOut.location).toBe('/')
    })

    it('refuses API calls with the session cookie, but not those with a bearer token', async () => {
      const user = await aSignedInBrowser(app())
      const answer = await user.send('/api/session')
      expect(answer.status).toBe(403)
      expect(JSON.parse(answer.body).error.code).toBe('second_factor_required')
      const headers = [['Authorization', `Bearer ${sharedToken}`]] as const
      expect((await app().send('/api/urls', { headers })).status).toBe(200)
    })

    it('takes effect at the next request of a session, in both directions', async () => {
      const { account, authenticator } = await anAccountWithAuthenticator(app())
      const user = aBrowser(app())
      await user.signIn(account)
      await sendCode(user, authenticator)
      expect((await user.open('/dashboard')).status).toBe(200)
      expect((await user.send('/api/session')).status).toBe(200)
      const next = `${setUpPage}?next=%2Fcreate`
      expect((await user.open(next)).location).toBe('/create')
      expect((await user.open(`${setUpPage}?next=//evil.example`)).location).toBe(
        '/settings/security',
      )
      await app().storage.query(`DELETE FROM authenticators WHERE user_id = '${account.id}'`)
      expect((await user.open('/dashboard')).status).toBe(303)
    })

    it('asks a session from before the factor for it, in pages and API', async () => {
      const before = await aSignedInBrowser(app())
      const { account } = before
      const { password } = account
      const authenticator = await enrollAuthenticator(app(), account)
      for (const path of ['/dashboard', '/settings/security', '/settings/passkeys', setUpPage]) {
        const { location } = await before.open(path)
        expect(location, path).toMatch(/^\/reauthenticate\?(.*&)?level=2/)
        expect(location).toContain(`next=${encodeURIComponent(path)}`)
      }
      const fields = { original_url: 'https://example.com/' }
      const created = await before.submit('/create', fields, { on: '/' })
      expect(created.location).toMatch(/^\/reauthenticate\?/)
      const answer = await before.send('/api/session')
      expect([answer.status, answer.json()]).toMatchObject([
        403,
        { error: { code: 'step_up_required' } },
      ])
      const alone = await before.submit('/reauthenticate', { password, next: '/dashboard' })
      expect(alone.status).toBe(401)
      const factor = { password, method: 'authenticator', code: authenticator.code() }
      await before.submit('/reauthenticate', { ...factor, next: '/dashboard' })
      expect((await before.open('/dashboard')).status).toBe(200)
      expect((await before.send('/api/session')).status).toBe(200)
    })

    it('keeps the last factor of every user', async () => {
      const { account, authenticator } = await anAccountWithAuthenticator(app())
      const browser = aBrowser(app())
      await browser.signIn(account)
      await sendCode(browser, authenticator)
      const [{ id } = { id: '' }] = await app().features.authenticators.list(account.id)
      const remove = `/settings/authenticators/${id}/remove`
      const refused = await browser.submit(remove)
      expect([refused.status, textOf(refused)]).toEqual([
        409,
        expect.stringContaining('Your account needs a second factor.'),
      ])
      await addAuthenticator(app(), account.id)
      expect((await browser.submit(remove)).status).toBe(303)
    })

    it('accepts passwords of 8 characters and says so', async () => {
      const operator = await app().persistence.users.findOperator()
      const invite = operator && (await app().features.operator.createInvite(operator))
      if (invite?.status !== 'created') throw new Error('The invitation was not created.')
      const path = `/signup?invite=${encodeURIComponent(invite.code)}`
      const browser = aBrowser(app())
      expect((await browser.open(path)).body).toContain('At least 8 characters')
      const email = 'short@users.test'
      const submit = (password: string) =>
        browser.submit('/signup', { email, password, invite: invite.code }, { on: path })
      expect((await submit('tQ8!fpz')).status).toBe(400)
      const signedUp = await submit('tQ8!fpzr')
      expect(signedUp.status).toBe(303)
      expect((await browser.open('/dashboard')).location).toContain(setUpPage)
    })

    it('does not affect short links', async () => {
      const visitor = await aSignedInBrowser(app())
      const headers = [
        ['Authorization', `Bearer ${sharedToken}`],
        ['Content-Type', 'application/json'],
      ] as const
      const body = JSON.stringify({ original_url: 'https://example.com/', short_code: 'open' })
      await app().send('/api/urls', { method: 'POST', headers, body })
      expect((await visitor.open('/open')).status).toBe(302)
    })
  })

  describe('off', () => {
    const app = useApp(kind, { env: { ...env, REQUIRE_SECOND_FACTOR: 'off' } })

    it('opens the administration pages to an administrator without a factor', async () => {
      const operator = await aSignedInBrowser(app())
      expect((await operator.open('/settings/users')).status).toBe(200)
      expect((await operator.open('/settings/invitations')).status).toBe(200)
      expect(textOf(await operator.open(setUpPage))).toContain('protects your account')
    })
  })
})
