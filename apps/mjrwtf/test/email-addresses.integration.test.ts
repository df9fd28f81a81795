import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import {
  aBrowser,
  aSignedInBrowser,
  type Browser,
  formType,
  fromOurPage,
  type SignedInBrowser,
  textOf,
} from './support/browser.ts'
import {
  clearRates,
  emailsTo,
  linkFor,
  openedLink,
  requestPasswordReset,
} from './support/emails.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const hour = 60 * 60_000
const account = '/settings/account'

let emailCount = 0
/** An unused email. */
function anEmail(): string {
  emailCount += 1
  return `new-${emailCount}@users.test`
}

async function requestChange(app: TestApp, owner: SignedInBrowser, email: string) {
  await clearRates(app)
  return owner.submit('/settings/email', { email })
}

/** A user who has requested an email change, and the links in both emails. */
async function userWithPendingChange(app: TestApp, newEmail = anEmail()) {
  const owner = await aSignedInBrowser(app)
  expect((await requestChange(app, owner, newEmail)).location).toBe(account)
  return {
    owner,
    newEmail,
    confirm: await linkFor(app, newEmail, 'confirm-new-email'),
    cancel: await linkFor(app, owner.account.email, 'email-change-requested'),
  }
}

/** Opens an email link and submits its page. */
async function follow(app: TestApp, path: string, browser: Browser = aBrowser(app)) {
  return (await openedLink(app, path, browser)).submit('/verify')
}

async function canSignIn(app: TestApp, email: string, { password }: Pick<Account, 'password'>) {
  app.clock.advance(1)
  const { status } = await aBrowser(app).signIn({ email, password })
  await app.storage.query('DELETE FROM attempts')
  return status === 303
}

describe.each(databases)('verifying an email on %s', (kind) => {
  const env = { SIGNUP: 'open' }

  it('can be requested five times an hour, then answers 429 with a way back', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const again = () =>
      browser.submit('/settings/email/verification', {}, { on: '/settings/account' })
    const statuses: number[] = []
    for (let n = 0; n < 5; n += 1) statuses.push((await again()).status)
    expect(statuses).toEqual([303, 303, 303, 303, 303])
    const rejected = await again()
    // The database's clock advances meanwhile; rounded up to minutes it is an hour.
    const minutes = Math.ceil(Number(rejected.headers['retry-after']) / 60)
    expect([rejected.status, minutes]).toEqual([429, 60])
    expect(textOf(rejected)).toContain('Too many emails')
    expect(rejected.body).toContain('<a class="button" href="/settings/account">')
  })

  it('sends an email after sign-up, shows the status in the settings, and needs a button press', async () => {
    await using app = await anApp(kind, { env })
    await app.account()
    const browser = aBrowser(app)
    const [email, password] = [anEmail(), 'lantern gravel oboe sixty']
    app.leakDetector.addSecret(password, 'password')
    await browser.submit('/signup', { email, password })
    expect(textOf(await browser.open(account))).toContain('Not verified.')

    const link = await linkFor(app, email, 'verify-email')
    const redirect = await browser.open(link)
    expect([redirect.status, redirect.location]).toEqual([303, '/verify'])
    const page = await browser.open('/verify')
    expect(textOf(page)).toContain(`that ${email} is yours`)
    expect(textOf(await browser.open(account))).toContain('Not verified.')

    const before = browser.sessionCookie()
    const answer = await browser.submit('/verify')
    expect([answer.status, answer.location]).toEqual([303, account])
    // The session has a new secret from then on (CS-SM-6).
    expect(browser.sessionCookie()).not.toBe(before)
    const headers = [['Cookie', `session-dev=${before}`]] as const
    expect((await app.send('/api/session', { headers })).status).toBe(401)
    const text = textOf(await browser.open(account))
    expect(text).toContain(`${email} is now verified.`)
    expect(text).toContain('Verified ')
  })

  it('sends an email after first-run setup too', async () => {
    await using app = await anApp(kind)
    const code = (await app.features.accounts.issueSetUpCode()) ?? ''
    const email = anEmail()
    await aBrowser(app).submit(
      '/setup',
      { code, email, password: 'lantern gravel oboe sixty' },
      { on: `/setup?code=${code}` },
    )
    expect(await emailsTo(app, email, 'verify-email')).toHaveLength(1)
  })

  it('works while signed in as anyone or not at all, and signs no one in', async () => {
    await using app = await anApp(kind)
    for (const browser of [aBrowser(app), await aSignedInBrowser(app)]) {
      const owner = await aSignedInBrowser(app)
      await clearRates(app)
      await owner.submit('/settings/email/verification', {}, { on: account })
      const before = browser.sessionCookie()
      const link = await linkFor(app, owner.account.email, 'verify-email')
      expect((await follow(app, link, browser)).location).toBe('/login')
      expect(browser.sessionCookie()).toBe(before)
      expect(textOf(await owner.open(account))).toContain('Verified ')
      const event = app.log().findLast((line) => line.event === 'email-verified')
      expect(event).toMatchObject({ userId: owner.account.id })
    }
  })

  it('works for a day, once, and not with a token of another kind (V6.6.2)', async () => {
    await using app = await anApp(kind)
    const owner = await aSignedInBrowser(app)
    const { email } = owner.account
    await owner.submit('/settings/email/verification', {}, { on: account })
    const link = await linkFor(app, email, 'verify-email')
    await requestPasswordReset(app, email)
    const resetLinkAsVerify = (await linkFor(app, email, 'reset-password')).replace(
      '/reset',
      '/verify',
    )
    expect((await (await openedLink(app, resetLinkAsVerify)).open('/verify')).status).toBe(400)

    const late = await openedLink(app, link)
    app.clock.advance(24 * hour - 1_000)
    expect((await late.open('/verify')).status).toBe(400)
    const early = await openedLink(app, link)
    expect((await early.open('/verify')).status).toBe(200)
    app.clock.advance(1_000)
    expect((await (await openedLink(app, link)).open('/verify')).status).toBe(400)

    await owner.signIn(owner.account)
    await clearRates(app)
    await owner.submit('/settings/email/verification', {}, { on: account })
    const newer = await linkFor(app, email, 'verify-email')
    expect((await follow(app, newer)).status).toBe(303)
    const again = await (await openedLink(app, newer)).open('/verify')
    expect([again.status, textOf(again).includes('no longer works')]).toEqual([400, true])
    const pending = await owner.submit('/settings/email/verification', {}, { on: '/create' })
    expect(pending.status).toBe(303)
    expect(textOf(await owner.open(account))).toContain('Your email is already verified.')
    expect(await emailsTo(app, email, 'verify-email')).toHaveLength(2)
  })

  it('opening the link alone changes nothing (link scanners, HEAD)', async () => {
    await using app = await anApp(kind)
    const { owner, confirm, cancel } = await userWithPendingChange(app)
    await app.flushSecurityEvents()
    const before = await app.fingerprint()
    for (const link of [confirm, cancel]) {
      for (const method of ['HEAD', 'GET'] as const) {
        const scanner = aBrowser(app)
        expect((await scanner.send(link, { method })).location).toBe('/verify')
        expect((await scanner.send('/verify', { method })).status).toBe(200)
      }
    }
    expect(await app.fingerprint()).toBe(before)
    expect(textOf(await owner.open(account))).toContain('Your email changes once')
  })
})

describe.each(databases)('changing the email on %s (CS-AU-4)', (kind) => {
  const app = useApp(kind)

  it('takes effect only when the link sent to the new email is used', async () => {
    const { owner, newEmail, confirm } = await userWithPendingChange(app())
    const { email } = owner.account
    expect(textOf(await owner.open(account))).toContain(`${newEmail} . Your email changes once`)
    expect(await canSignIn(app(), newEmail, owner.account)).toBe(false)
    expect(await canSignIn(app(), email, owner.account)).toBe(true)

    const before = owner.sessionCookie()
    const answer = await follow(app(), confirm, owner)
    // The page on which the other sessions can be ended (V7.4.3).
    expect([answer.status, answer.location]).toEqual([303, '/settings/sessions'])
    expect(owner.sessionCookie()).not.toBe(before)
    expect((await owner.open('/dashboard')).status).toBe(200)
    expect(await canSignIn(app(), email, owner.account)).toBe(false)
    expect(await canSignIn(app(), newEmail, owner.account)).toBe(true)
    const [notification, ...more] = await emailsTo(app(), email, 'email-changed')
    expect([more, notification?.composed.text.includes('token')]).toEqual([[], false])
  })

  it('can be confirmed in another browser, which is not signed in by it', async () => {
    const { owner, newEmail, confirm } = await userWithPendingChange(app())
    const phone = aBrowser(app())
    expect((await follow(app(), confirm, phone)).location).toBe('/login')
    expect(phone.sessionCookie()).toBe('')
    expect(textOf(await owner.open(account))).toContain(newEmail)
  })

  it("logs each step in the user's security log", async () => {
    const { owner, confirm } = await userWithPendingChange(app())
    app().clock.advance(1)
    await follow(app(), confirm, owner)
    await app().flushSecurityEvents()
    const rows = await app().storage.query(
      `SELECT kind FROM security_events WHERE user_id = '${owner.account.id}' AND kind LIKE 'email-%' ORDER BY at`,
    )
    expect(rows).toEqual([{ kind: 'email-change-requested' }, { kind: 'email-changed' }])
  })

  it('requires recent authentication and changes nothing (V7.5.1)', async () => {
    const owner = await aSignedInBrowser(app())
    const csrf_token = await owner.csrfToken('/settings/email')
    app().clock.advance(15 * 60_000)
    expect((await owner.open('/settings/email')).location).toMatch(/^\/reauthenticate\?next=/)
    const body = new URLSearchParams({ csrf_token, email: anEmail() }).toString()
    const headers = [...formType, ...fromOurPage(app())]
    const late = await owner.send('/settings/email', { method: 'POST', headers, body })
    expect(late.location).toMatch(/^\/reauthenticate\?next=/)
    expect(textOf(await owner.open(account))).not.toContain('Your email changes once')
  })

  it.each([
    ['text that is not an email', () => 'not an address', 'Enter a valid email address'],
    ['the current email', ({ email }: Account) => email, 'already your email'],
    [
      'the current email in another case',
      ({ email }: Account) => ` ${email.toUpperCase()} `,
      'already your email',
    ],
  ])('rejects %s, at its field (CS-AU-5)', async (_, choose, reason) => {
    const owner = await aSignedInBrowser(app())
    const answer = await requestChange(app(), owner, choose(owner.account))
    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(/id="email"[^>]*aria-invalid="true"/)
    expect(textOf(answer)).toContain(reason)
    expect(await emailsTo(app(), owner.account.email)).toEqual([])
  })

  it('does not reveal that the new email is in use: same response, same work, no email to it', async () => {
    const other = await app().account()
    const outcomeOf = async (email: string) => {
      const owner = await aSignedInBrowser(app())
      await owner.open('/settings/email')
      await clearRates(app())
      app().faults.calls.length = 0
      const { status, location } = await owner.submit('/settings/email', { email })
      const calls = app().faults.calls.filter((call) => !call.startsWith('store.'))
      const pageText = textOf(await owner.open(account))
        .replaceAll(email, '…')
        .replaceAll(owner.account.email, '@')
      await app().sendRequestedEmails()
      const reported = await emailsTo(app(), owner.account.email, 'email-change-requested')
      return { status, location, calls, pageText, reported: reported.length }
    }
    expect(await outcomeOf(other.email.toUpperCase())).toEqual(await outcomeOf(anEmail()))
    expect(await emailsTo(app(), other.email)).toEqual([])
    expect(await emailsTo(app(), other.email.toUpperCase())).toEqual([])
  })

  it('a second request invalidates the links of the first', async () => {
    const { owner, confirm, cancel } = await userWithPendingChange(app())
    const newer = anEmail()
    await requestChange(app(), owner, newer)
    const newerLink = await linkFor(app(), newer, 'confirm-new-email')
    for (const link of [confirm, cancel]) {
      expect((await (await openedLink(app(), link)).open('/verify')).status).toBe(400)
    }
    expect((await follow(app(), newerLink)).status).toBe(303)
    expect(await canSignIn(app(), newer, owner.account)).toBe(true)
    await clearRates(app())
  })

  it('can be canceled by the link sent to the old email, or by a button', async () => {
    const { owner, newEmail, confirm, cancel } = await userWithPendingChange(app())
    expect(textOf(await owner.open(account))).toContain(newEmail)
    const page = await (await openedLink(app(), cancel)).open('/verify')
    expect(textOf(page)).toContain('Canceling keeps your current')
    expect((await follow(app(), cancel)).location).toBe('/login')
    expect((await (await openedLink(app(), confirm)).open('/verify')).status).toBe(400)
    expect(textOf(await owner.open(account))).not.toContain(newEmail)

    const again = await userWithPendingChange(app())
    const canceled = await again.owner.submit('/settings/email/cancel', {}, { on: account })
    expect(canceled.location).toBe(account)
    expect(textOf(await again.owner.open(account))).toContain('Email change canceled.')
    for (const link of [again.confirm, again.cancel]) {
      expect((await (await openedLink(app(), link)).open('/verify')).status).toBe(400)
    }
    await again.owner.submit('/settings/email/cancel', {}, { on: account })
    expect(textOf(await again.owner.open(account))).toContain('There was no email change')
    await clearRates(app())
  })

  it('answers 409 and changes nothing if the email is in use by then', async () => {
    const requestedEmail = anEmail()
    const { owner, confirm } = await userWithPendingChange(app(), requestedEmail)
    await app().account(requestedEmail.toUpperCase())
    const answer = await follow(app(), confirm)
    expect(answer.status).toBe(409)
    expect(textOf(answer)).toContain('This email address is now used by another account.')
    expect(await canSignIn(app(), owner.account.email, owner.account)).toBe(true)
  })

  it('can be confirmed for 24 hours and not a second longer', async () => {
    const { owner, newEmail, confirm, cancel } = await userWithPendingChange(app())
    app().clock.advance(24 * hour - 1_000)
    expect((await (await openedLink(app(), confirm)).open('/verify')).status).toBe(200)
    const late = await openForm(app(), await openedLink(app(), confirm), { page: '/verify' })
    app().clock.advance(1_000)
    const answer = await late.send()
    expect([answer.status, textOf(answer).includes('no longer works')]).toEqual([400, true])
    expect((await (await openedLink(app(), cancel)).open('/verify')).status).toBe(400)
    expect(await canSignIn(app(), newEmail, owner.account)).toBe(false)
    await owner.signIn(owner.account)
    expect(textOf(await owner.open(account))).not.toContain(newEmail)
  })

  it('invalidates all tokens sent to the old email', async () => {
    const { owner, confirm } = await userWithPendingChange(app())
    const { email } = owner.account
    await clearRates(app())
    await requestPasswordReset(app(), email)
    await owner.submit('/settings/email/verification', {}, { on: account })
    const links = [
      await linkFor(app(), email, 'reset-password'),
      await linkFor(app(), email, 'verify-email'),
    ]
    expect((await follow(app(), confirm)).status).toBe(303)
    for (const link of links) {
      const [path = ''] = link.split('?')
      expect((await (await openedLink(app(), link)).open(path)).status).toBe(400)
    }
    await clearRates(app())
  })

  it('a pending change is dropped when the password is changed', async () => {
    const { owner, confirm } = await userWithPendingChange(app())
    const password = 'quiet copper meadow nine'
    app().leakDetector.addSecret(password, 'password')
    const fields = { current_password: owner.account.password, new_password: password }
    expect((await owner.submit('/settings/password', fields)).status).toBe(303)
    expect((await (await openedLink(app(), confirm)).open('/verify')).status).toBe(400)
    expect(textOf(await owner.open(account))).not.toContain('Your email changes once')
    await clearRates(app())
  })
})

describe.each(databases)('concurrent changes of one email on %s', (kind) => {
  it('twenty uses of one link change it once and keep one session (V6.6.2)', async () => {
    await using app = await anApp(kind)
    const { owner, newEmail, confirm } = await userWithPendingChange(app)
    const browsers = await Promise.all(Array.from({ length: 20 }, () => openedLink(app, confirm)))
    const answers = await Promise.all(
      browsers.map((browser) => browser.submit('/verify').catch(() => null)),
    )
    expect(answers.filter((answer) => answer?.status === 303)).toHaveLength(1)
    expect(await canSignIn(app, newEmail, owner.account)).toBe(true)
    expect(await emailsTo(app, owner.account.email, 'email-changed')).toHaveLength(1)
  })

  it('of concurrent requests one stays pending, and only its link works (CVE-2026-32700)', async () => {
    await using app = await anApp(kind)
    const owner = await aSignedInBrowser(app)
    const csrf_token = await owner.csrfToken('/settings/email')
    const requestedEmails = [anEmail(), anEmail(), anEmail(), anEmail()]
    const request = (email: string) =>
      owner.send('/settings/email', {
        method: 'POST',
        headers: [...formType, ...fromOurPage(app)],
        body: new URLSearchParams({ csrf_token, email }).toString(),
      })
    await Promise.all(requestedEmails.map(request))
    const waiting = await app.storage.query('SELECT new_email FROM email_changes')
    expect(waiting).toHaveLength(1)
    const confirmed: string[] = []
    for (const email of requestedEmails) {
      const answer = await follow(app, await linkFor(app, email, 'confirm-new-email')).catch(
        () => null,
      )
      if (answer?.status === 303) confirmed.push(email)
    }
    expect(confirmed.map((new_email) => ({ new_email }))).toEqual(waiting)
    expect(await canSignIn(app, confirmed[0] ?? '', owner.account)).toBe(true)
  })

  it('answers 503 while the database fails, and the link works afterwards', async () => {
    await using app = await anApp(kind)
    const { owner, newEmail, confirm } = await userWithPendingChange(app)
    const browser = await openedLink(app, confirm)
    app.faults.fail('emailChanges.confirmChange', () => new RepositoryError('planted'))
    expect((await browser.submit('/verify')).status).toBe(503)
    app.faults.restore()
    expect(await canSignIn(app, newEmail, owner.account)).toBe(false)
    expect((await browser.submit('/verify')).status).toBe(303)
    expect(await canSignIn(app, newEmail, owner.account)).toBe(true)
  })
})
