import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { nextOf } from './support/interrupted.ts'
import type { TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const minute = 60_000
const path = '/settings/sessions'
const unfinished = 'Nothing has been changed yet.'

const activeSessions = (app: TestApp) =>
  app.storage.query('SELECT id FROM sessions WHERE ended_at IS NULL')

const idOf = (browser: Browser) => browser.sessionCookie().split('.')[0] ?? ''

/** Two devices of one user whose authentication is no longer recent. */
async function staleBrowsers(app: TestApp) {
  const browser = await aSignedInBrowser(app)
  const other = await aSignedInBrowser(app, browser.account)
  app.clock.advance(16 * minute)
  return { browser, other, otherPath: `${path}/${idOf(other)}/revoke` }
}

/** Confirms the password at the step-up to which a response led. */
async function stepUpAt(
  browser: Browser & { readonly account: { readonly password: string } },
  { location }: TestResponse,
) {
  const { password } = browser.account
  return browser.submit('/reauthenticate', { password, next: nextOf(location) })
}

describe.each(databases)('an action that a step-up interrupts on %s', (kind) => {
  const opened = useApp(kind)

  it('is shown after the step-up, and one button carries it out', async () => {
    const app = opened()
    const { browser, other, otherPath } = await staleBrowsers(app)
    const redirect = await browser.submit(otherPath, {}, { on: path })
    expect([redirect.status, nextOf(redirect.location)]).toEqual([
      303,
      `${otherPath}?interrupted=1`,
    ])
    expect(textOf(await browser.open(redirect.location))).toContain(unfinished)

    const confirmed = await stepUpAt(browser, redirect)
    const review = await browser.open(confirmed.location)
    expect(textOf(review)).toContain(unfinished)
    expect(textOf(review)).toContain('is signed out immediately')
    expect((await other.open('/dashboard')).status).toBe(200)

    const form = await openForm(app, browser, { page: confirmed.location })
    const done = await form.send()
    expect([done.status, done.location]).toEqual([303, path])
    expect(textOf(await browser.open(path))).toContain('Device signed out.')
    expect((await other.open('/dashboard')).status).toBe(303)
  })

  it('can be canceled on its page, which leads back and changes nothing', async () => {
    const app = opened()
    const { browser, otherPath } = await staleBrowsers(app)
    const redirect = await browser.submit(otherPath, {}, { on: path })
    const before = await activeSessions(app)
    const confirmed = await stepUpAt(browser, redirect)
    const review = await browser.open(confirmed.location)
    expect(review.body).toContain(`<a href="${path}">Cancel</a>`)
    expect(await activeSessions(app)).toEqual(before)
  })

  it('is shown after a new sign-in if the session has expired', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: path, action: `${path}/revoke-all` })
    app.clock.advance(31 * minute)
    const redirect = await form.send()
    expect(redirect.location).toMatch(/^\/login\?/)
    const next = nextOf(redirect.location)
    expect(next).toBe(`${path}/revoke-all?interrupted=1`)
    const signedIn = await browser.signIn(browser.account, { next })
    expect(signedIn.location).toBe(next)
    expect(textOf(await browser.open(next))).toContain('Sign out everywhere')
  })

  it('needs a CSRF token and a recent authentication of its own when it is confirmed', async () => {
    const app = opened()
    const { browser, other, otherPath } = await staleBrowsers(app)
    const redirect = await browser.submit(otherPath, {}, { on: path })
    const { location } = await stepUpAt(browser, redirect)
    const form = await openForm(app, browser, { page: location })
    expect((await form.send({ csrf_token: 'other' })).status).toBe(403)
    app.clock.advance(16 * minute)
    const again = await form.send()
    expect(again.location).toMatch(/^\/reauthenticate\?/)
    expect(await activeSessions(app)).toContainEqual({ id: idOf(other) })
  })

  it('shows a user no action on what belongs to another user', async () => {
    const app = opened()
    const { otherPath } = await staleBrowsers(app)
    const otherUser = await aSignedInBrowser(app)
    const answer = await otherUser.open(`${otherPath}?interrupted=1`)
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('is signed out immediately')
  })

  it('is not announced for a request of another site', async () => {
    const app = opened()
    const { browser, otherPath } = await staleBrowsers(app)
    const headers: RawHeaders = [
      ['Origin', 'https://evil.test'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Content-Type', 'application/x-www-form-urlencoded'],
    ]
    const answer = await browser.send(otherPath, { method: 'POST', headers, body: '' })
    expect([answer.status, answer.location]).toEqual([303, '/reauthenticate?next=%2F'])
  })

  it('asks for a password again and keeps none if the form has one', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: '/settings/password' })
    app.clock.advance(16 * minute)
    const secret = 'violet hammock riddle forty'
    app.leakDetector.addSecret(secret, 'password')
    const redirect = await form.send({ new_password: secret })
    expect(nextOf(redirect.location)).toBe('/settings/password?interrupted=1')
    const confirmed = await stepUpAt(browser, redirect)
    const page = await browser.open(confirmed.location)
    expect(textOf(page)).toContain(unfinished)
    expect(page.body).not.toContain(secret)
    expect(await app.storage.query('SELECT * FROM drafts')).toEqual([])
  })

  it('confirms that the user has signed out, on the next page only', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.submit('/logout', {}, { on: '/dashboard' })
    expect(textOf(await browser.open(answer.location))).toContain('You have been signed out.')
    expect(textOf(await browser.open(answer.location))).not.toContain('signed out')
  })
})
