import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { linkFor } from './support/emails.ts'
import { draftFields, nextOf, openInterruptedForm, signInAt } from './support/interrupted.ts'
import { openForm } from './support/open-form.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const minute = 60_000

describe.each(databases)('recovering drafts on %s', (kind) => {
  const opened = useApp(kind)

  it('the draft stays the target of sign-in through wrong passwords and throttling', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    const redirect = await form.send(draftFields)
    const login = await openForm(app, browser, { page: redirect.location, action: '/login' })
    let last = await login.send({ email: account.email, password: 'wrong' })
    expect(last.status).toBe(401)
    for (let attempt = 0; last.status === 401 && attempt < 30; attempt += 1) {
      last = await login.send({ email: account.email, password: 'wrong' })
    }
    expect(last.status).toBe(429)
    expect(textOf(last)).toContain('We saved what you typed for one hour')
    expect(last.body).toContain(`name="next" value="${nextOf(redirect.location)}"`)
    app.clock.advance(1000 * Number(last.headers['retry-after']))
    const back = await login.send({ email: account.email, password: account.password })
    expect(back.location).toBe(nextOf(redirect.location))
  })

  it('a draft that cannot be saved is answered 503, and the form can be submitted again', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    app.faults.fail('drafts.add', () => new RepositoryError('planted'))
    const failed = await form.send(draftFields)
    app.faults.restore()
    expect([failed.status, failed.headers['retry-after']]).toEqual([503, '5'])
    const redirect = await form.send(draftFields)
    await signInAt(browser, redirect, account)
    expect((await browser.open(nextOf(redirect.location))).body).toContain('half-done')
  })

  it('a draft that cannot be deleted does not undo the link, and the failure is logged', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    const redirect = await form.send({ ...draftFields, short_code: `kept-${kind}` })
    await signInAt(browser, redirect, account)
    const page = { page: nextOf(redirect.location), action: '/create' }
    const restored = await openForm(app, browser, page)
    app.faults.fail('drafts.remove', () => new RepositoryError('planted'))
    const created = await restored.send()
    app.faults.restore()
    expect([created.status, created.location]).toEqual([303, `/links/kept-${kind}`])
    expect(app.log()).toContainEqual(expect.objectContaining({ msg: 'draft not deleted' }))
  })

  it('redirects to the draft at once if only the session secret was replaced, in another tab', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: '/create' })
    const before = aBrowser(app)
    before.cookies.set('session-dev', browser.sessionCookie())
    const fields = {
      current_password: browser.account.password,
      new_password: 'lantern gravel oboe sixty',
    }
    app.leakDetector.addSecret(fields.new_password, 'password')
    expect((await browser.submit('/settings/password', fields)).status).toBe(303)
    const late = await form.send(draftFields, { from: before })
    expect(late.location).toMatch(/^\/create\?draft=[\w-]{22}$/)
    expect((await browser.open(late.location)).body).toContain('half-done')
  })

  it('an open-redirect `next` with a draft parameter leads to /dashboard (V3.7.2)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const draft = `?draft=${'A'.repeat(22)}`
    for (const next of [
      '//evil.test',
      '/\\evil.test',
      '/\t/evil.test',
      '/.//evil.test',
      'https:evil.test',
    ]) {
      const answer = await browser.signIn(browser.account, { next: `${next}${draft}` })
      expect([next, answer.status, answer.location]).toEqual([next, 303, '/dashboard'])
    }
  })

  it('restores the input after a step-up, and no email is sent before that', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const email = `new-${kind}@users.test`
    const form = await openForm(app, browser, { page: '/settings/email' })
    app.clock.advance(16 * minute)
    const redirect = await form.send({ email })
    expect(redirect.location).toMatch(
      /^\/reauthenticate\?next=%2Fsettings%2Femail%3Fdraft%3D[\w-]{22}$/,
    )
    const pending = await openForm(app, browser, { page: redirect.location })
    const wrong = await pending.send({ password: 'wrong' })
    expect([wrong.status, wrong.body.includes('We saved what you typed')]).toEqual([401, true])
    const back = await pending.send({ password: browser.account.password })
    expect(back.location).toBe(nextOf(redirect.location))
    const page = { page: back.location, action: '/settings/email' }
    const restored = await openForm(app, browser, page)
    expect(restored.fields.email).toBe(email)
    expect(await app.storage.query('SELECT 1 FROM email_changes')).toEqual([])

    expect((await restored.send()).location).toBe('/settings/account')
    expect(await linkFor(app, email, 'confirm-new-email')).toContain('/verify?token=')
    expect((await openForm(app, browser, page)).fields.email).toBe('')
  })

  it('restores the email form after its session ended', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: '/settings/email' })
    app.clock.advance(31 * minute)
    const redirect = await form.send({ email: 'not finished' })
    await signInAt(browser, redirect, browser.account)
    const restored = await openForm(app, browser, {
      page: nextOf(redirect.location),
      action: '/settings/email',
    })
    expect(restored.fields.email).toBe('not finished')
    expect((await restored.send()).body).toContain('name="draft"')
  })
})
