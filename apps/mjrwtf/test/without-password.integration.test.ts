import { describe, expect, it } from 'vitest'
import {
  aBrowser,
  aSignedInBrowser,
  formType,
  fromOurPage,
  type SignedInBrowser,
  textOf,
} from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'
import { removePassword } from './support/without-password.ts'

const path = '/settings/password'
const newPassword = 'lantern gravel oboe sixty'

/** Two browsers in which a user without a password is signed in. */
async function twoBrowsers(app: TestApp) {
  app.leakDetector.addSecret(newPassword, 'password')
  const one = await aSignedInBrowser(app)
  const other = await aSignedInBrowser(app, one.account)
  const account = await removePassword(app, one.account)
  return { one, other, account }
}

/** Fetches the form now and returns a function that submits it later, as an open page does. */
async function sendLater(app: TestApp, browser: SignedInBrowser, new_password: string) {
  const csrf_token = await browser.csrfToken(path)
  const body = new URLSearchParams({ csrf_token, new_password }).toString()
  const headers = [...formType, ...fromOurPage(app)]
  return () => browser.send(path, { method: 'POST', headers, body })
}

describe.each(databases)('a user without a password on %s', (kind) => {
  const opened = useApp(kind)

  it('sets the first one without a current one, which ends the other sessions (V7.4.3)', async () => {
    const app = opened()
    const { one, other, account } = await twoBrowsers(app)
    const page = await one.open(path)
    expect(textOf(page)).toContain('Your account has no password.')
    expect(page.body).not.toContain('current_password')
    const before = one.sessionCookie()

    const answer = await one.submit(path, { new_password: newPassword })
    expect([answer.status, answer.location]).toEqual([303, path])
    expect(one.sessionCookie()).not.toBe(before)
    const after = await one.open(path)
    expect(textOf(after)).toContain('Password set. You can sign in with it from now on.')
    expect(after.body).toContain('name="current_password"')
    expect((await other.open('/dashboard')).location).toMatch(/^\/login\?error=session_expired/)
    app.clock.advance(1)
    const { email } = account
    expect((await aBrowser(app).signIn({ email, password: newPassword })).status).toBe(303)
  })

  it('is notified of the first password, which is in the security log (V6.3.7)', async () => {
    const app = opened()
    const { one, account } = await twoBrowsers(app)
    await one.submit(path, { new_password: newPassword })
    const kinds = app
      .emails()
      .flatMap(({ to, email }) => (to === account.email ? [email.kind] : []))
    expect(kinds).toEqual(['new-device', 'password-set'])
    const { id: userId } = account
    const line = app.log().findLast(({ event }) => event === 'password-changed')
    expect(line).toMatchObject({ userId, detail: 'first' })
    await app.flushSecurityEvents()
    expect(textOf(await one.open('/settings/security-log'))).toContain('First password set')
  })

  it('replaces no password that another browser sets at the same time', async () => {
    const app = opened()
    const { one, other, account } = await twoBrowsers(app)
    const slowly = await sendLater(app, one, 'another gravel oboe sixty')
    const quickly = await sendLater(app, other, newPassword)
    const blocked = app.faults.block('users.changePassword')
    const slow = slowly()
    await blocked.reached
    const fast = quickly()
    blocked.release()
    const answers = [await slow, await fast].filter(({ location }) => location === path)
    expect(answers.map(({ status }) => status)).toEqual([303])
    expect((await app.persistence.users.find(account.id))?.passwordVersion).toBe(1)
  })

  it('with a weak first password gets the form with the error, and stays without one', async () => {
    const app = opened()
    const { one, account } = await twoBrowsers(app)
    const answer = await one.submit(path, { new_password: 'short' })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(/id="new_password"[^>]*aria-invalid="true"/)
    expect((await app.persistence.users.find(account.id))?.hasPassword).toBe(false)
  })

  it('sets the first one with an emailed link, like a reset', async () => {
    const app = opened()
    const { one, account } = await twoBrowsers(app)
    expect(textOf(await one.open('/forgot'))).toContain('Set a password by email')
    await one.submit('/forgot', { email: account.email })
    const sent = (await app.sendRequestedEmails()).findLast(({ to }) => to === account.email)
    if (sent?.email.kind !== 'reset-password') throw new Error('No reset link was sent.')
    const browser = aBrowser(app)
    await browser.open(`/reset?token=${sent.email.token}`)
    const answer = await browser.submit('/reset', { password: newPassword })
    expect([answer.status, answer.location]).toEqual([303, '/login'])
    expect((await one.open('/dashboard')).location).toMatch(/^\/login\?error=session_expired/)
    app.clock.advance(1)
    const { email } = account
    expect((await aBrowser(app).signIn({ email, password: newPassword })).status).toBe(303)
  })

  it('reads so on the security page, in the export and before deletion', async () => {
    const app = opened()
    const { one } = await twoBrowsers(app)
    const security = await one.open('/settings/security')
    expect(textOf(security)).toContain('None: you sign in without one')
    const archive = await one.submit('/settings/export', { file: 'everything' })
    expect(archive.json()).toMatchObject({ account: { password_set_at: null } })
    expect(textOf(await one.open('/settings/delete'))).toContain('Your email and all sessions.')
  })
})
