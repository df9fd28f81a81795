import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { interrupted, nextOf, signInAt, typed } from './support/interrupted.ts'
import { openForm } from './support/open-form.ts'
import { useApp } from './support/rooms.ts'
import { databases } from './support/storage.ts'

describe.each(databases)('the way to drafts on %s', (kind) => {
  const opened = useApp(kind)

  it('are led to through wrong passwords and too many of them', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    const away = await form.send(typed)
    const login = await openForm(app, browser, { page: away.location, action: '/login' })
    let last = await login.send({ email: account.email, password: 'wrong' })
    expect(last.status).toBe(401)
    for (let tries = 0; last.status === 401 && tries < 30; tries += 1) {
      last = await login.send({ email: account.email, password: 'wrong' })
    }
    expect(last.status).toBe(429)
    expect(textOf(last)).toContain('What you had typed is kept for an hour')
    expect(last.body).toContain(`name="next" value="${nextOf(away.location)}"`)
    app.clock.advance(1000 * Number(last.headers['retry-after']))
    const back = await login.send({ email: account.email, password: account.password })
    expect(back.location).toBe(nextOf(away.location))
  })

  it('that cannot be kept are answered 503, and the same form can be sent again', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    app.watch.fail('drafts.add', () => new RepositoryError('planted'))
    const failed = await form.send(typed)
    app.watch.heal()
    expect([failed.status, failed.headers['retry-after']]).toEqual([503, '5'])
    const away = await form.send(typed)
    await signInAt(browser, away, account)
    expect((await browser.open(nextOf(away.location))).body).toContain('half-done')
  })

  it('that cannot be removed undo nothing: the link is made, and the page says so', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    const away = await form.send({ ...typed, short_code: `kept-${kind}` })
    await signInAt(browser, away, account)
    const page = { page: nextOf(away.location), action: '/create' }
    const restored = await openForm(app, browser, page)
    app.watch.fail('drafts.remove', () => new RepositoryError('planted'))
    const made = await restored.send()
    app.watch.heal()
    expect([made.status, textOf(made)]).toEqual([200, expect.stringContaining('is ready')])
    expect(app.log()).toContainEqual(
      expect.objectContaining({ msg: 'a draft stays until it expires' }),
    )
  })

  it('lead straight back where the secret was only replaced, by a request in another tab', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: '/create' })
    const before = aBrowser(app)
    before.cookies.set('session-dev', browser.sessionCookie())
    const fields = {
      current_password: browser.account.password,
      new_password: 'lantern gravel oboe sixty',
    }
    app.witness.learn(fields.new_password, 'password')
    expect((await browser.submit('/settings/password', fields)).status).toBe(303)
    const late = await form.send(typed, { from: before })
    expect(late.location).toMatch(/^\/create\?draft=[\w-]{22}$/)
    expect((await browser.open(late.location)).body).toContain('half-done')
  })

  it('lead nowhere else: a bypass with a draft on it lands on /dashboard (V3.7.2)', async () => {
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
})
