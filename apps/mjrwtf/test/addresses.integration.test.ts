import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import {
  aBrowser,
  aSignedInBrowser,
  type Browser,
  formType,
  fromOurPage,
  textOf,
} from './support/browser.ts'
import { forget, forgetRates, lettersTo, linkTo, opened } from './support/letters.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import { anApp, useApp } from './support/rooms.ts'
import { databases } from './support/storage.ts'

const hour = 60 * 60_000
const account = '/settings/account'

type Owner = Browser & { readonly account: Account }

let addresses = 0
/** An address that nobody has. */
function anAddress(): string {
  addresses += 1
  return `new-${addresses}@people.test`
}

async function askFor(app: TestApp, owner: Owner, email: string) {
  await forgetRates(app)
  return owner.submit('/settings/email', { email })
}

/** Somebody who has asked for another address, and the links in both letters. */
async function someoneWhoAsked(app: TestApp, newEmail = anAddress()) {
  const owner = await aSignedInBrowser(app)
  expect((await askFor(app, owner, newEmail)).location).toBe(account)
  return {
    owner,
    newEmail,
    confirm: await linkTo(app, newEmail, 'confirm-new-address'),
    cancel: await linkTo(app, owner.account.email, 'address-change-asked'),
  }
}

/** Opens a mailed link and presses its button. */
async function follow(app: TestApp, path: string, browser: Browser = aBrowser(app)) {
  return (await opened(app, path, browser)).submit('/verify')
}

async function works(app: TestApp, email: string, { password }: Pick<Account, 'password'>) {
  app.clock.advance(1)
  const { status } = await aBrowser(app).signIn({ email, password })
  await app.storage.query('DELETE FROM attempts')
  return status === 303
}

describe.each(databases)('confirming an address on %s', (kind) => {
  const env = { SIGNUP: 'open' }

  it('is asked for five times an hour; then a page says so, and leads back', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const again = () =>
      browser.submit('/settings/email/verification', {}, { on: '/settings/account' })
    const statuses: number[] = []
    for (let n = 0; n < 5; n += 1) statuses.push((await again()).status)
    expect(statuses).toEqual([303, 303, 303, 303, 303])
    const refused = await again()
    // By the clock of the database, which goes on meanwhile: in whole minutes it is an hour.
    const minutes = Math.ceil(Number(refused.headers['retry-after']) / 60)
    expect([refused.status, minutes]).toEqual([429, 60])
    expect(textOf(refused)).toContain('Too many emails')
    expect(refused.body).toContain('<a class="button" href="/settings/account">')
  })

  it('is asked for by a letter after signing up, shown in the settings, and done by a button', async () => {
    await using app = await anApp(kind, { env })
    await app.account()
    const browser = aBrowser(app)
    const [email, password] = [anAddress(), 'lantern gravel oboe sixty']
    app.witness.learn(password, 'password')
    await browser.submit('/signup', { email, password })
    expect(textOf(await browser.open(account))).toContain('Not confirmed yet.')

    const link = await linkTo(app, email, 'verify-address')
    const moved = await browser.open(link)
    expect([moved.status, moved.location]).toEqual([303, '/verify'])
    const page = await browser.open('/verify')
    expect(textOf(page)).toContain(`that ${email} is yours`)
    expect(textOf(await browser.open(account))).toContain('Not confirmed yet.')

    const before = browser.sessionCookie()
    const answer = await browser.submit('/verify')
    expect([answer.status, answer.location]).toEqual([303, account])
    // Under a new secret from then on (CS-SM-6).
    expect(browser.sessionCookie()).not.toBe(before)
    const headers = [['Cookie', `session-dev=${before}`]] as const
    expect((await app.send('/api/session', { headers })).status).toBe(401)
    const text = textOf(await browser.open(account))
    expect(text).toContain(`${email} is confirmed.`)
    expect(text).toContain('Confirmed on')
  })

  it('is asked for after the set-up too', async () => {
    await using app = await anApp(kind)
    const code = (await app.useCases.issueSetUpCode()) ?? ''
    const email = anAddress()
    await aBrowser(app).submit(
      '/setup',
      { code, email, password: 'lantern gravel oboe sixty' },
      { on: `/setup?code=${code}` },
    )
    expect(await lettersTo(app, email, 'verify-address')).toHaveLength(1)
  })

  it('works for whoever is signed in, as that user, another or nobody, and signs nobody in', async () => {
    await using app = await anApp(kind)
    for (const browser of [aBrowser(app), await aSignedInBrowser(app)]) {
      const owner = await aSignedInBrowser(app)
      await forgetRates(app)
      await owner.submit('/settings/email/verification', {}, { on: account })
      const before = browser.sessionCookie()
      const link = await linkTo(app, owner.account.email, 'verify-address')
      expect((await follow(app, link, browser)).location).toBe('/login')
      expect(browser.sessionCookie()).toBe(before)
      expect(textOf(await owner.open(account))).toContain('Confirmed on')
      const event = app.log().findLast((line) => line.event === 'email-verified')
      expect(event).toMatchObject({ userId: owner.account.id })
    }
  })

  it('works for a day, once, and not with a token for something else (V6.6.2)', async () => {
    await using app = await anApp(kind)
    const owner = await aSignedInBrowser(app)
    const { email } = owner.account
    await owner.submit('/settings/email/verification', {}, { on: account })
    const link = await linkTo(app, email, 'verify-address')
    await forget(app, email)
    const forReset = (await linkTo(app, email, 'reset-password')).replace('/reset', '/verify')
    expect((await (await opened(app, forReset)).open('/verify')).status).toBe(400)

    const late = await opened(app, link)
    app.clock.advance(24 * hour - 1_000)
    expect((await late.open('/verify')).status).toBe(400)
    const early = await opened(app, link)
    expect((await early.open('/verify')).status).toBe(200)
    app.clock.advance(1_000)
    expect((await (await opened(app, link)).open('/verify')).status).toBe(400)

    await owner.signIn(owner.account)
    await forgetRates(app)
    await owner.submit('/settings/email/verification', {}, { on: account })
    const newer = await linkTo(app, email, 'verify-address')
    expect((await follow(app, newer)).status).toBe(303)
    const again = await (await opened(app, newer)).open('/verify')
    expect([again.status, textOf(again).includes('no longer works')]).toEqual([400, true])
    const asked = await owner.submit('/settings/email/verification', {}, { on: '/create' })
    expect(asked.status).toBe(303)
    expect(textOf(await owner.open(account))).toContain('Your address is confirmed already.')
    expect(await lettersTo(app, email, 'verify-address')).toHaveLength(2)
  })

  it('is nothing that opening the link does: scanners follow links, and ask with HEAD', async () => {
    await using app = await anApp(kind)
    const { owner, confirm, cancel } = await someoneWhoAsked(app)
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
    expect(textOf(await owner.open(account))).toContain('becomes your address once')
  })
})

describe.each(databases)('changing the address on %s (CS-AU-4)', (kind) => {
  const app = useApp(kind)

  it('waits until the link in the letter to the new one is used: the old one stays in force', async () => {
    const { owner, newEmail, confirm } = await someoneWhoAsked(app())
    const { email } = owner.account
    expect(textOf(await owner.open(account))).toContain(`${newEmail} becomes your address once`)
    expect(await works(app(), newEmail, owner.account)).toBe(false)
    expect(await works(app(), email, owner.account)).toBe(true)

    const before = owner.sessionCookie()
    const answer = await follow(app(), confirm, owner)
    // Where the other sessions can be ended (V7.4.3).
    expect([answer.status, answer.location]).toEqual([303, '/settings/sessions'])
    expect(owner.sessionCookie()).not.toBe(before)
    expect((await owner.open('/dashboard')).status).toBe(200)
    expect(await works(app(), email, owner.account)).toBe(false)
    expect(await works(app(), newEmail, owner.account)).toBe(true)
    const [notice, ...more] = await lettersTo(app(), email, 'address-changed')
    expect([more, notice?.composed.text.includes('token')]).toEqual([[], false])
  })

  it('can be confirmed in another browser, which is not signed in by it', async () => {
    const { owner, newEmail, confirm } = await someoneWhoAsked(app())
    const phone = aBrowser(app())
    expect((await follow(app(), confirm, phone)).location).toBe('/login')
    expect(phone.sessionCookie()).toBe('')
    expect(textOf(await owner.open(account))).toContain(newEmail)
  })

  it('is in the owner’s log, step by step', async () => {
    const { owner, confirm } = await someoneWhoAsked(app())
    app().clock.advance(1)
    await follow(app(), confirm, owner)
    await app().flushSecurityEvents()
    const rows = await app().storage.query(
      `SELECT kind FROM security_events WHERE user_id = '${owner.account.id}' AND kind LIKE 'email-%' ORDER BY at`,
    )
    expect(rows).toEqual([{ kind: 'email-change-asked' }, { kind: 'email-changed' }])
  })

  it('asks who has not proved lately who they are to do so first (V7.5.1)', async () => {
    const owner = await aSignedInBrowser(app())
    const csrf_token = await owner.csrfToken('/settings/email')
    app().clock.advance(15 * 60_000)
    expect((await owner.open('/settings/email')).location).toMatch(/^\/reauthenticate\?next=/)
    const body = new URLSearchParams({ csrf_token, email: anAddress() }).toString()
    const headers = [...formType, ...fromOurPage(app())]
    const late = await owner.send('/settings/email', { method: 'POST', headers, body })
    expect(late.location).toMatch(/^\/reauthenticate\?next=/)
    expect(textOf(await owner.open(account))).not.toContain('becomes your address once')
  })

  it.each([
    ['no address', () => 'not an address', 'Enter an email address.'],
    ['the one there is', ({ email }: Account) => email, 'the address of your account already'],
    [
      'the same in other letters',
      ({ email }: Account) => ` ${email.toUpperCase()} `,
      'the address of your account already',
    ],
  ])('refuses %s, at its field (CS-AU-5)', async (_, choose, reason) => {
    const owner = await aSignedInBrowser(app())
    const answer = await askFor(app(), owner, choose(owner.account))
    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(/id="email"[^>]*aria-invalid="true"/)
    expect(textOf(answer)).toContain(reason)
    expect(await lettersTo(app(), owner.account.email)).toEqual([])
  })

  it('does not tell whether somebody has the new one: same answer, same work, and no link to it', async () => {
    const other = await app().account()
    const ask = async (email: string) => {
      const owner = await aSignedInBrowser(app())
      await owner.open('/settings/email')
      await forgetRates(app())
      app().watch.calls.length = 0
      const { status, location } = await owner.submit('/settings/email', { email })
      const calls = app().watch.calls.filter((call) => !call.startsWith('store.'))
      const said = textOf(await owner.open(account))
        .replaceAll(email, '…')
        .replaceAll(owner.account.email, '@')
      await app().writeLetters()
      const told = await lettersTo(app(), owner.account.email, 'address-change-asked')
      return { status, location, calls, said, told: told.length }
    }
    expect(await ask(other.email.toUpperCase())).toEqual(await ask(anAddress()))
    expect(await lettersTo(app(), other.email)).toEqual([])
    expect(await lettersTo(app(), other.email.toUpperCase())).toEqual([])
  })

  it('that was asked for twice is the newer one: the older link is dead', async () => {
    const { owner, confirm, cancel } = await someoneWhoAsked(app())
    const newer = anAddress()
    await askFor(app(), owner, newer)
    const newerLink = await linkTo(app(), newer, 'confirm-new-address')
    for (const link of [confirm, cancel]) {
      expect((await (await opened(app(), link)).open('/verify')).status).toBe(400)
    }
    expect((await follow(app(), newerLink)).status).toBe(303)
    expect(await works(app(), newer, owner.account)).toBe(true)
    await forgetRates(app())
  })

  it('is called off by the link in the letter to the old one, or by a button', async () => {
    const { owner, newEmail, confirm, cancel } = await someoneWhoAsked(app())
    expect(textOf(await owner.open(account))).toContain(newEmail)
    const page = await (await opened(app(), cancel)).open('/verify')
    expect(textOf(page)).toContain('This calls it off')
    expect((await follow(app(), cancel)).location).toBe('/login')
    expect((await (await opened(app(), confirm)).open('/verify')).status).toBe(400)
    expect(textOf(await owner.open(account))).not.toContain(newEmail)

    const again = await someoneWhoAsked(app())
    const called = await again.owner.submit('/settings/email/cancel', {}, { on: account })
    expect(called.location).toBe(account)
    expect(textOf(await again.owner.open(account))).toContain('The change is called off.')
    for (const link of [again.confirm, again.cancel]) {
      expect((await (await opened(app(), link)).open('/verify')).status).toBe(400)
    }
    await again.owner.submit('/settings/email/cancel', {}, { on: account })
    expect(textOf(await again.owner.open(account))).toContain('There was no change')
    await forgetRates(app())
  })

  it('that finds the address taken meanwhile says so, and changes nothing', async () => {
    const wanted = anAddress()
    const { owner, confirm } = await someoneWhoAsked(app(), wanted)
    await app().account(wanted.toUpperCase())
    const answer = await follow(app(), confirm)
    expect(answer.status).toBe(409)
    expect(textOf(answer)).toContain('Another account has this address by now.')
    expect(await works(app(), owner.account.email, owner.account)).toBe(true)
  })

  it('holds for 24 hours, not a second longer', async () => {
    const { owner, newEmail, confirm, cancel } = await someoneWhoAsked(app())
    app().clock.advance(24 * hour - 1_000)
    expect((await (await opened(app(), confirm)).open('/verify')).status).toBe(200)
    const late = await openForm(app(), await opened(app(), confirm), { page: '/verify' })
    app().clock.advance(1_000)
    const answer = await late.send()
    expect([answer.status, textOf(answer).includes('no longer works')]).toEqual([400, true])
    expect((await (await opened(app(), cancel)).open('/verify')).status).toBe(400)
    expect(await works(app(), newEmail, owner.account)).toBe(false)
    await owner.signIn(owner.account)
    expect(textOf(await owner.open(account))).not.toContain(newEmail)
  })

  it('leaves no letter alive that went to the old address, to reset or to confirm', async () => {
    const { owner, confirm } = await someoneWhoAsked(app())
    const { email } = owner.account
    await forgetRates(app())
    await forget(app(), email)
    await owner.submit('/settings/email/verification', {}, { on: account })
    const links = [
      await linkTo(app(), email, 'reset-password'),
      await linkTo(app(), email, 'verify-address'),
    ]
    expect((await follow(app(), confirm)).status).toBe(303)
    for (const link of links) {
      const [path = ''] = link.split('?')
      expect((await (await opened(app(), link)).open(path)).status).toBe(400)
    }
    await forgetRates(app())
  })

  it('ends with the password: a change that waits is dropped when that is changed or reset', async () => {
    const { owner, confirm } = await someoneWhoAsked(app())
    const password = 'quiet copper meadow nine'
    app().witness.learn(password, 'password')
    const fields = { current_password: owner.account.password, new_password: password }
    expect((await owner.submit('/settings/password', fields)).status).toBe(303)
    expect((await (await opened(app(), confirm)).open('/verify')).status).toBe(400)
    expect(textOf(await owner.open(account))).not.toContain('becomes your address once')
    await forgetRates(app())
  })
})

describe.each(databases)('changes of one address at once on %s', (kind) => {
  it('twenty uses of one link change it once, and keep one session (V6.6.2)', async () => {
    await using app = await anApp(kind)
    const { owner, newEmail, confirm } = await someoneWhoAsked(app)
    const browsers = await Promise.all(Array.from({ length: 20 }, () => opened(app, confirm)))
    const answers = await Promise.all(
      browsers.map((browser) => browser.submit('/verify').catch(() => null)),
    )
    expect(answers.filter((answer) => answer?.status === 303)).toHaveLength(1)
    expect(await works(app, newEmail, owner.account)).toBe(true)
    expect(await lettersTo(app, owner.account.email, 'address-changed')).toHaveLength(1)
  })

  it('of two that are asked for at once one waits, and only what was mailed can be confirmed (CVE-2026-32700)', async () => {
    await using app = await anApp(kind)
    const owner = await aSignedInBrowser(app)
    const csrf_token = await owner.csrfToken('/settings/email')
    const wanted = [anAddress(), anAddress(), anAddress(), anAddress()]
    const ask = (email: string) =>
      owner.send('/settings/email', {
        method: 'POST',
        headers: [...formType, ...fromOurPage(app)],
        body: new URLSearchParams({ csrf_token, email }).toString(),
      })
    await Promise.all(wanted.map(ask))
    const waiting = await app.storage.query('SELECT new_email FROM address_changes')
    expect(waiting).toHaveLength(1)
    const statuses: string[] = []
    for (const email of wanted) {
      const answer = await follow(app, await linkTo(app, email, 'confirm-new-address')).catch(
        () => null,
      )
      if (answer?.status === 303) statuses.push(email)
    }
    expect(statuses.map((new_email) => ({ new_email }))).toEqual(waiting)
    expect(await works(app, statuses[0] ?? '', owner.account)).toBe(true)
  })

  it('is 503 where the database fails, and the link works afterwards', async () => {
    await using app = await anApp(kind)
    const { owner, newEmail, confirm } = await someoneWhoAsked(app)
    const browser = await opened(app, confirm)
    app.watch.fail('addresses.confirmChange', () => new RepositoryError('planted'))
    expect((await browser.submit('/verify')).status).toBe(503)
    app.watch.heal()
    expect(await works(app, newEmail, owner.account)).toBe(false)
    expect((await browser.submit('/verify')).status).toBe(303)
    expect(await works(app, newEmail, owner.account)).toBe(true)
  })
})
