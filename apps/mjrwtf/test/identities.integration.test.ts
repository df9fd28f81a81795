import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { emailsTo, linkFor, openedLink } from './support/emails.ts'
import { aClockOfNow, type OidcProvider, startOidcProvider } from './support/oidc-provider.ts'
import type { TestApp } from './support/open-app.ts'
import { returnFromProvider, visitProvider } from './support/provider-visits.ts'
import { anAccountWithAuthenticator, aTrustedBrowser, sendCode } from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const newcomer = '/login/new-identity'
const secondStep = '/login/second-factor'
const settings = '/settings/connected-accounts'
const confirm = `${settings}/confirm`
const minute = 60_000

let provider: OidcProvider
let subjects = 0

beforeAll(async () => {
  provider = await startOidcProvider()
})

afterAll(() => provider[Symbol.asyncDispose]())

/** A user of the provider whom no test has used before. */
function aProviderUser() {
  subjects += 1
  return { sub: `subject-${subjects}`, email: `visitor-${subjects}@users.test` }
}

const signUpModes = { open: 'open', closed: 'closed', invite: 'invite' } as const

async function openApp(
  kind: (typeof databases)[number],
  { signUp = 'open', trustsMfa = false }: Options = {},
) {
  const trust = trustsMfa ? { OIDC_TRUST_MFA: 'on' } : {}
  const env = { ...provider.env, ...trust, SIGNUP: signUp }
  return anApp(kind, { clock: aClockOfNow(), env })
}

interface Options {
  readonly signUp?: keyof typeof signUpModes
  readonly trustsMfa?: boolean
}

async function isSignedIn(browser: Browser): Promise<boolean> {
  return (await browser.open('/dashboard')).status === 200
}

async function viewerOf(browser: Browser): Promise<unknown> {
  return JSON.parse((await browser.send('/api/session')).body).user?.email
}

/** Links a new account of the provider to an account, directly. */
async function link(app: TestApp, userId: string, user = aProviderUser()) {
  const { sub: subject, email } = user
  const identity = { id: `identity-${subject}`, userId, provider: 'oidc', subject, email } as const
  const times = { createdAt: app.clock.now(), lastUsedAt: null }
  const added = await app.persistence.identities.add(
    { ...identity, issuer: provider.issuer, ...times },
    { max: 10, passwordVersion: 0 },
  )
  expect(added).toBe('added')
  return { ...user, id: identity.id }
}

function sessionsOf(app: TestApp, userId: string) {
  const current = { id: '', lastActivityAt: 0 }
  return app.features.ownSessions.list({ userId, current })
}

async function methodsOf(app: TestApp, userId: string) {
  const sessions = await sessionsOf(app, userId)
  return sessions.map(({ methods }) => methods.map(({ method }) => method).join(' '))
}

describe.each(databases)('sign-in with an identity on %s', (kind) => {
  it('signs in the user who has the issuer and subject, whatever the email says', async () => {
    await using app = await openApp(kind)
    const [ann, bob] = [await app.account(), await app.account()]
    const user = await link(app, ann.id)
    const browser = aBrowser(app)
    const claimed = { ...user, email: bob.email }
    const path = `/login/oidc?next=${encodeURIComponent(settings)}`
    const answer = await returnFromProvider(provider, browser, { user: claimed, path })
    expect([answer.status, answer.location]).toEqual([303, settings])
    expect(await viewerOf(browser)).toBe(ann.email)
    expect(await methodsOf(app, ann.id)).toEqual(['fed'])
    const [identity] = await app.features.identities.list(ann.id)
    expect(identity?.lastUsedAt).toBe(app.clock.now())
  })

  it('same email, other subject: another identity, which is not signed in or linked', async () => {
    await using app = await openApp(kind)
    const ann = await app.account()
    const user = await link(app, ann.id)
    const browser = aBrowser(app)
    const other = { ...aProviderUser(), email: user.email }
    const answer = await returnFromProvider(provider, browser, { user: other })
    expect(answer.location).toBe(newcomer)
    expect(await isSignedIn(browser)).toBe(false)
    expect(await app.features.identities.list(ann.id)).toHaveLength(1)
  })

  it('ends the session of the browser, whose user the next one never sees', async () => {
    await using app = await openApp(kind)
    const [ann, bob] = [await app.account(), await app.account()]
    const user = await link(app, bob.id)
    const browser = await aSignedInBrowser(app, ann)
    const stolen = browser.sessionCookie()
    await returnFromProvider(provider, browser, { user })
    expect(browser.sessionCookie().split('.')[0]).not.toBe(stolen.split('.')[0])
    expect(textOf(await browser.open('/settings/account'))).not.toContain(ann.email)
    expect(await viewerOf(browser)).toBe(bob.email)
    const attacker = aBrowser(app)
    for (const [name, value] of browser.cookies) attacker.cookies.set(name, value)
    attacker.cookies.set('session-dev', stolen)
    expect(await isSignedIn(attacker)).toBe(false)
  })

  it('counts from when the user authenticated at the provider: a stale one confirms nothing', async () => {
    await using app = await openApp(kind)
    const ann = await app.account()
    const user = await link(app, ann.id)
    const at = Math.floor(app.clock.now() / 1_000)
    const sensitive = `${settings}/oidc/connect`
    const stale = aBrowser(app)
    await returnFromProvider(provider, stale, { user: { ...user, authTime: at - 16 * 60 } })
    expect(await isSignedIn(stale)).toBe(true)
    expect((await stale.open(sensitive)).location).toMatch(/^\/reauthenticate/)
    const recent = aBrowser(app)
    await returnFromProvider(provider, recent, { user: { ...user, authTime: at - 14 * 60 } })
    expect((await recent.open(sensitive)).location).toContain(provider.issuer)
  })

  it('asks for the second factor of the user, and records the session after it', async () => {
    await using app = await openApp(kind)
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const user = await link(app, account.id)
    const browser = aBrowser(app)
    const mfa = { ...user, amr: ['mfa'] }
    const answer = await returnFromProvider(provider, browser, { user: mfa })
    expect(answer.location).toBe('/login/second-factor')
    expect(await isSignedIn(browser)).toBe(false)
    expect(textOf(await browser.open('/login/second-factor'))).not.toContain('Use your password')
    expect((await sendCode(browser, authenticator)).location).toBe('/dashboard')
    expect(await methodsOf(app, account.id)).toEqual(['fed otp'])
    expect(await app.storage.query('SELECT session_id FROM provider_sessions')).toHaveLength(1)
    // Level 2: the same as after a password and a code.
    expect((await browser.open(`${settings}/oidc/connect`)).location).toContain(provider.issuer)
  })

  it('asks for it in a browser that the user trusts too, and does not make it trusted', async () => {
    await using app = await openApp(kind)
    // The administrator may not trust a browser.
    await app.account()
    const owner = await anAccountWithAuthenticator(app)
    const user = await link(app, owner.account.id)
    const trusted = await aTrustedBrowser(app, owner)
    expect((await trusted.signIn(owner.account)).location).toBe('/dashboard')
    expect((await returnFromProvider(provider, trusted, { user })).location).toBe(secondStep)
    const browser = aBrowser(app)
    await returnFromProvider(provider, browser, { user })
    expect((await browser.open(secondStep)).body).not.toContain('trust_browser')
    app.clock.advance(minute)
    await sendCode(browser, owner.authenticator, { trust_browser: 'on' })
    expect(await isSignedIn(browser)).toBe(true)
    expect(browser.cookies.get('trust-dev') ?? '').toBe('')
  })

  it('accepts the second factor of a provider that the operator trusts', async () => {
    await using app = await openApp(kind, { trustsMfa: true })
    const { account } = await anAccountWithAuthenticator(app)
    const user = await link(app, account.id)
    const visit = async (amr: readonly string[]) => {
      const visitor = { user: { ...user, amr } }
      return (await returnFromProvider(provider, aBrowser(app), visitor)).location
    }
    expect(await visit(['pwd'])).toBe('/login/second-factor')
    expect(await visit(['pwd', 'otp'])).toBe('/dashboard')
    expect(await methodsOf(app, account.id)).toEqual(['fed mfa'])
  })
})

describe.each(databases)('a change during the visit on %s', (kind) => {
  it.each(['password reset', 'sign-out everywhere'])(
    'refuses the sign-in after a %s',
    async (change) => {
      await using app = await openApp(kind)
      const ann = await app.account()
      // A reset that first verifies the email would unlink the identity.
      const owner = await aSignedInBrowser(app, ann)
      await owner.submit('/settings/email/verification', {}, { on: '/settings/account' })
      const verification = await linkFor(app, ann.email, 'verify-email')
      await (await openedLink(app, verification, owner)).submit('/verify')
      const user = await link(app, ann.id)
      const browser = aBrowser(app)
      const callback = await visitProvider(provider, browser, { user })
      app.clock.advance(1_000)
      if (change === 'password reset') {
        await aBrowser(app).submit('/forgot', { email: ann.email })
        const path = await linkFor(app, ann.email, 'reset-password')
        const reset = await openedLink(app, path)
        const answer = await reset.submit('/reset', { password: 'a new password of ann' })
        expect(answer.location).toBe('/login')
      } else {
        await app.features.ownSessions.endAll({ userId: ann.id, except: null })
      }
      expect((await browser.open(callback)).location).toBe('/login')
      expect(textOf(await browser.open('/login'))).toContain('Your account was changed while')
      expect(await isSignedIn(browser)).toBe(false)
      app.clock.advance(1)
      expect((await returnFromProvider(provider, browser, { user })).location).toBe('/dashboard')
    },
  )

  it('refuses the sign-in of an account that was suspended, and says why, until its end', async () => {
    await using app = await openApp(kind)
    await app.account()
    const account = await app.account()
    const user = await link(app, account.id)
    const browser = aBrowser(app)
    const callback = await visitProvider(provider, browser, { user })
    app.clock.advance(1_000)
    await app.features.shellOperator.suspendUser({ email: account.email }, 'compromised')
    expect((await browser.open(callback)).location).toBe('/login')
    expect(textOf(await browser.open('/login'))).toContain('This account is suspended.')
    expect(await isSignedIn(browser)).toBe(false)
    const begunBefore = await visitProvider(provider, browser, { user })
    app.clock.advance(1_000)
    await app.features.shellOperator.restoreUser({ email: account.email })
    expect((await browser.open(begunBefore)).location).toBe('/login')
    expect(await isSignedIn(browser)).toBe(false)
    app.clock.advance(1_000)
    expect((await returnFromProvider(provider, browser, { user })).location).toBe('/dashboard')
  })

  it('signs no user in after the account was deleted', async () => {
    await using app = await openApp(kind)
    await app.account()
    const ann = await app.account()
    const user = await link(app, ann.id)
    const browser = aBrowser(app)
    const callback = await visitProvider(provider, browser, { user })
    expect(await app.persistence.accounts.remove(ann.id)).toBe('removed')
    expect((await browser.open(callback)).location).toBe(newcomer)
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('refuses a second step after the identity was unlinked', async () => {
    await using app = await openApp(kind)
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const user = await link(app, account.id)
    const browser = aBrowser(app)
    await returnFromProvider(provider, browser, { user })
    const client = { ipAddress: null, userAgent: null, sessionId: 'other' }
    const unlinked = await app.features.identities.unlink({ ...client, user: account, id: user.id })
    expect(unlinked.status).toBe('unlinked')
    expect((await sendCode(browser, authenticator)).location).toBe('/login')
    expect(await isSignedIn(browser)).toBe(false)
    expect(await sessionsOf(app, account.id)).toEqual([])
  })
})

describe.each(databases)('a new user of a provider on %s', (kind) => {
  it('creates an account with a button, with a verified email and without a password', async () => {
    await using app = await openApp(kind)
    await app.account()
    const user = aProviderUser()
    const browser = aBrowser(app)
    const before = await app.fingerprint()
    const callback = await visitProvider(provider, browser, { user })
    expect((await browser.open(callback)).location).toBe(newcomer)
    // Only the state of the callback was stored.
    await app.storage.query('DELETE FROM used_states')
    expect(await app.fingerprint()).toBe(before)
    expect(textOf(await browser.open(newcomer))).toContain(user.email)
    expect((await browser.submit(newcomer)).location).toBe('/dashboard')
    expect(await viewerOf(browser)).toBe(user.email)

    const found = await app.persistence.users.findByEmail(user.email)
    expect(found).toMatchObject({ passwordHash: null, user: { isOperator: false } })
    const status = await app.persistence.emailChanges.status(found?.user.id ?? '', app.clock.now())
    expect(status.verifiedAt).toBe(app.clock.now())
    const again = aBrowser(app)
    expect((await returnFromProvider(provider, again, { user })).location).toBe('/dashboard')
    // The identity of the first browser is used up.
    const overview = textOf(await browser.open('/settings/security'))
    expect(overview).toContain('Connected accounts You can sign in with Example ID')
    await browser.submit('/logout', {}, { on: '/dashboard' })
    expect((await browser.open(newcomer)).location).toBe('/login')
  })

  it('with the email of an account is asked to sign in, and links after a confirmation', async () => {
    await using app = await openApp(kind)
    const ann = await app.account()
    const user = { ...aProviderUser(), email: ann.email.toUpperCase() }
    const browser = aBrowser(app)
    await returnFromProvider(provider, browser, { user })
    expect(textOf(await browser.open(newcomer))).toContain('You already have an account')
    expect((await browser.submit(newcomer, {}, { on: '/login' })).status).toBe(409)
    expect(await app.features.identities.list(ann.id)).toEqual([])

    const signedIn = await browser.signIn(ann, { next: confirm })
    expect(signedIn.location).toBe(confirm)
    expect(await app.features.identities.list(ann.id)).toEqual([])
    const page = textOf(await browser.open(confirm))
    expect(page).toContain('Connect Example ID?')
    expect(page).toContain(ann.email)
    const cookie = browser.sessionCookie()
    expect((await browser.submit(confirm)).location).toBe(settings)
    expect(browser.sessionCookie()).not.toBe(cookie)
    expect(textOf(await browser.open(settings))).toContain('Example ID connected')
    expect((await returnFromProvider(provider, aBrowser(app), { user })).location).toBe(
      '/dashboard',
    )

    const [email] = await emailsTo(app, ann.email, 'identity-changed')
    expect(email?.email).toMatchObject({ change: 'identity-linked', provider: 'Example ID' })
    await app.flushSecurityEvents()
    const log = textOf(await browser.open('/settings/security-log'))
    expect(log).toContain(`External account connected: Example ID ${user.email}`)
  })

  it('without a verified email gets no account, and learns nothing about accounts', async () => {
    await using app = await openApp(kind)
    const ann = await app.account()
    const pages: string[] = []
    for (const email of [ann.email, 'unknown@users.test']) {
      const browser = aBrowser(app)
      const user = { ...aProviderUser(), email, emailVerified: false }
      await returnFromProvider(provider, browser, { user })
      expect((await browser.submit(newcomer, {}, { on: '/login' })).status).toBe(409)
      pages.push(textOf(await browser.open(newcomer)).replaceAll(email, ''))
    }
    expect(pages[0]).toBe(pages[1])
    expect(pages[0]).toContain('has not verified your email')
    const browser = aBrowser(app)
    await returnFromProvider(provider, browser, { user: { sub: aProviderUser().sub } })
    expect(textOf(await browser.open(newcomer))).toContain('shares no email with us')
    expect((await app.storage.query('SELECT id FROM users')).length).toBe(1)
  })

  it('gets no account if sign-up is closed, or before the first account exists', async () => {
    for (const signUp of ['closed', 'open'] as const) {
      await using app = await openApp(kind, { signUp })
      if (signUp === 'closed') await app.account()
      const browser = aBrowser(app)
      await returnFromProvider(provider, browser, { user: aProviderUser() })
      const page = textOf(await browser.open(newcomer))
      expect(page).toContain('No account yet')
      expect(page).toContain('Ask the administrator for an account')
      expect((await browser.submit(newcomer, {}, { on: '/login' })).status).toBe(409)
      expect(await app.storage.query('SELECT id FROM identities')).toEqual([])
    }
  })

  it('uses an invite that survives the visit, once', async () => {
    await using app = await openApp(kind, { signUp: 'invite' })
    const operator = await app.account()
    const invite = 'invite-code-of-43-characters'
    const hash = { id: 'i', hash: nodeSecrets.hash(invite) }
    const createdAt = app.clock.now()
    const times = { createdAt, expiresAt: createdAt + 60 * minute }
    await app.persistence.invites.add({ ...hash, createdBy: operator.id, ...times })

    const uninvited = aBrowser(app)
    await returnFromProvider(provider, uninvited, { user: aProviderUser() })
    expect(textOf(await uninvited.open(newcomer))).toContain('open the invitation link')

    const browsers = [aBrowser(app), aBrowser(app)] as const
    for (const browser of browsers) {
      const page = await browser.open(`/signup?invite=${invite}`)
      const [, path = ''] = /href="(\/login\/oidc[^"]*)"/.exec(page.body) ?? []
      await returnFromProvider(provider, browser, { user: aProviderUser(), path })
    }
    const answers = await Promise.all(
      browsers.map((browser) => browser.submit(newcomer, {}, { on: '/login' })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409])
    expect(await app.storage.query('SELECT id FROM users')).toHaveLength(2)
  })
})

describe.each(databases)('connected accounts on %s', (kind) => {
  it('are linked in a recent session, only by the session that started the visit', async () => {
    await using app = await openApp(kind)
    const [ann, bob] = [await app.account(), await app.account()]
    const browser = await aSignedInBrowser(app, ann)
    const user = aProviderUser()
    const path = `${settings}/oidc/connect`
    const answer = await returnFromProvider(provider, browser, { user, path })
    expect(answer.location).toBe(confirm)
    const other = await aSignedInBrowser(app, bob)
    other.cookies.set('identity-dev', browser.cookies.get('identity-dev') ?? '')
    expect(browser.cookies.get('identity-dev')).toBeTruthy()
    expect((await other.open(confirm)).status).toBe(409)
    expect((await other.submit(confirm, {}, { on: settings })).status).toBe(409)
    expect(await app.features.identities.list(bob.id)).toEqual([])

    app.clock.advance(14 * minute + 59_000)
    await app.flushActivity()
    expect((await browser.submit(confirm)).location).toBe(settings)
    expect(await app.features.identities.list(ann.id)).toHaveLength(1)
  })

  it('are not started or confirmed without a recent authentication', async () => {
    await using app = await openApp(kind)
    const ann = await app.account()
    const browser = await aSignedInBrowser(app, ann)
    app.clock.advance(10 * minute)
    const user = aProviderUser()
    const path = `${settings}/oidc/connect`
    await returnFromProvider(provider, browser, { user, path })
    app.clock.advance(6 * minute)
    expect((await browser.open(confirm)).location).toMatch(/^\/reauthenticate/)
    const late = await browser.submit(confirm, {}, { on: settings })
    expect(late.location).toMatch(/^\/reauthenticate/)
    expect((await browser.open(path)).location).toMatch(/^\/reauthenticate/)
    expect(await app.features.identities.list(ann.id)).toEqual([])
  })

  it('of another user are refused', async () => {
    await using app = await openApp(kind)
    const [ann, bob] = [await app.account(), await app.account()]
    const user = await link(app, ann.id)
    const browser = await aSignedInBrowser(app, bob)
    const path = `${settings}/oidc/connect`
    await returnFromProvider(provider, browser, { user, path })
    const answer = await browser.submit(confirm)
    expect(answer.status).toBe(409)
    expect(textOf(answer)).toContain('connected to another account on this site')
    const [identity] = await app.features.identities.list(ann.id)
    const foreign = `${settings}/${identity?.id}/disconnect`
    expect((await browser.open(foreign)).status).toBe(404)
    expect((await browser.submit(foreign, {}, { on: settings })).status).toBe(404)
    expect(await app.features.identities.list(ann.id)).toHaveLength(1)
  })

  it('end the sessions that started with them when they are unlinked, and no others', async () => {
    await using app = await openApp(kind)
    const ann = await app.account()
    const user = await link(app, ann.id)
    const byIdentity = aBrowser(app)
    await returnFromProvider(provider, byIdentity, { user })
    const byPassword = await aSignedInBrowser(app, ann)
    const browser = aBrowser(app)
    await returnFromProvider(provider, browser, { user })
    const before = browser.sessionCookie()
    expect((await browser.submit(`${settings}/${user.id}/disconnect`)).location).toBe(settings)
    // A new secret for the same session (CS-SM-6).
    const after = browser.sessionCookie()
    expect([after === before, after.split('.')[0]]).toEqual([false, before.split('.')[0]])
    expect(await isSignedIn(byIdentity)).toBe(false)
    expect(await isSignedIn(byPassword)).toBe(true)
    expect(await isSignedIn(browser)).toBe(true)
    expect(await app.storage.query('SELECT session_id FROM provider_sessions')).toEqual([])
    const [email] = await emailsTo(app, ann.email, 'identity-changed')
    expect(email?.email).toMatchObject({ change: 'identity-unlinked' })
  })

  it('keep the last one that signs a user without a password in', async () => {
    await using app = await openApp(kind)
    await app.account()
    const user = aProviderUser()
    const browser = aBrowser(app)
    await returnFromProvider(provider, browser, { user })
    await browser.submit(newcomer)
    const found = await app.persistence.users.findByEmail(user.email)
    const [identity] = await app.features.identities.list(found?.user.id ?? '')
    const answer = await browser.submit(`${settings}/${identity?.id}/disconnect`)
    expect(answer.status).toBe(409)
    expect(textOf(answer)).toContain('You could not sign in without it')
    expect((await returnFromProvider(provider, aBrowser(app), { user })).location).toBe(
      '/dashboard',
    )
  })
})
