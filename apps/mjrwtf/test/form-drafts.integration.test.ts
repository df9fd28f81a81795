import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import {
  draftFields,
  draftFieldsOf,
  nextOf,
  openInterruptedForm,
  readDrafts,
  signInAt,
} from './support/interrupted.ts'
import type { TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000

const links = (app: TestApp) => app.storage.query('SELECT short_code, destination FROM links')

type Interruption = (app: TestApp, browser: SignedInBrowser) => Promise<void>

const endings: readonly (readonly [description: string, reason: string, end: Interruption])[] = [
  ['was idle', 'you were inactive', async (app) => app.clock.advance(31 * minute)],
  [
    'reached its limit',
    'reached its time limit',
    async (app, browser) => {
      for (let elapsed = 0; elapsed < 24 * 60; elapsed += 25) {
        app.clock.advance(25 * minute)
        await browser.send('/api/session')
        await app.flushActivity()
      }
    },
  ],
  [
    'was ended from elsewhere',
    'signed out from another device',
    async (app, { account }) => {
      const otherBrowser = await aSignedInBrowser(app, account)
      const answer = await otherBrowser.submit(
        '/settings/sessions/revoke-others',
        {},
        { on: '/create' },
      )
      expect(answer.status).toBe(303)
      // A sign-in at the same instant would count as an earlier one.
      app.clock.advance(1)
    },
  ],
  [
    'ended with the password',
    'the password was changed',
    async (app, { account }) => {
      const otherBrowser = await aSignedInBrowser(app, account)
      const fields = {
        current_password: account.password,
        new_password: 'lantern gravel oboe sixty',
      }
      expect((await otherBrowser.submit('/settings/password', fields)).status).toBe(303)
      app.leakDetector.addSecret(fields.new_password, 'password')
      Object.assign(account, { password: fields.new_password })
      app.clock.advance(1)
    },
  ],
]

describe.each(databases)('drafts after the end of a session on %s', (kind) => {
  it.each(endings)(
    'restores the input after sign-in if the session %s, and submits nothing before',
    async (_, reason, end) => {
      await using app = await anApp(kind)
      const browser = await aSignedInBrowser(app)
      const form = await openForm(app, browser, { page: '/create' })
      await end(app, browser)

      const redirect = await form.send(draftFields)
      expect(redirect.status).toBe(303)
      expect(redirect.location).toMatch(
        /^\/login\?error=session_expired&next=%2Fcreate%3Fdraft%3D[\w-]{22}$/,
      )
      const reported = textOf(await browser.open(redirect.location))
      expect(reported).toContain(reason)
      expect(reported).toContain(
        'Your form was not submitted. We saved what you typed for one hour',
      )

      const back = await signInAt(browser, redirect, browser.account)
      expect([back.status, back.location]).toEqual([303, nextOf(redirect.location)])
      const page = await browser.open(back.location)
      expect(textOf(page)).toContain('We restored what you typed. It has not been submitted yet.')
      expect(page.body).not.toContain('<script>alert')
      const restored = await openForm(app, browser, { page: back.location, action: '/create' })
      expect(draftFieldsOf(restored)).toEqual(draftFields)
      expect(await links(app)).toEqual([])

      expect((await restored.send()).status).toBe(303)
      expect(await links(app)).toHaveLength(1)
      expect(await readDrafts(app)).toEqual([])
      // The draft link then shows the empty form: saved input is not offered again.
      const again = await openForm(app, browser, { page: back.location, action: '/create' })
      expect(draftFieldsOf(again)).toEqual({ original_url: '', short_code: '', expires_at: '' })
    },
  )
})

describe.each(databases)('drafts of interrupted forms on %s', (kind) => {
  const opened = useApp(kind)

  it('are not shown to another user who signs in in the same browser', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    const redirect = await form.send(draftFields)
    const other = await app.account()
    const back = await signInAt(browser, redirect, other)
    expect(back.location).toBe(nextOf(redirect.location))
    const page = await browser.open(back.location)
    expect(page.status).toBe(200)
    expect(page.body).not.toMatch(/dest\.test|half-done|We restored/)
    // It is still available to its user.
    const own = await aSignedInBrowser(app, account)
    expect((await own.open(back.location)).body).toContain('half-done')
  })

  it('are restored on the home page and on the edit form', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `edit-${kind}`
    const created = { original_url: 'https://dest.test/before', short_code: code }
    expect((await browser.submit('/create', created)).status).toBe(303)
    const edit = await openForm(app, browser, { page: `/links/${code}/edit` })
    const home = await openForm(app, browser, { page: '/', action: '/create' })
    app.clock.advance(31 * minute)

    const editing = await edit.send({ original_url: 'https://dest.test/after', expires_at: '' })
    const making = await home.send({ original_url: 'https://dest.test/from-home' })
    await signInAt(browser, editing, browser.account)
    const restored = await openForm(app, browser, {
      page: nextOf(editing.location),
      action: `/links/${code}/edit`,
    })
    expect(restored.fields).toMatchObject({ original_url: 'https://dest.test/after' })
    expect((await browser.open(nextOf(making.location))).body).toContain('/from-home')
    expect((await browser.open('/dashboard')).body).not.toContain('/after')
    expect((await restored.send()).location).toBe(`/links/edit-${kind}`)
    expect((await browser.open('/dashboard')).body).toContain('/after')
  })

  it('are saved without a session (signed out in another tab, missing cookie)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: '/create' })
    expect((await browser.submit('/logout', {}, { on: '/dashboard' })).status).toBe(303)
    expect(browser.sessionCookie()).toBe('')
    const redirect = await form.send(draftFields)
    expect(redirect.location).toMatch(/^\/login\?next=%2Fcreate%3Fdraft%3D/)
    expect(textOf(await browser.open(redirect.location))).toContain(
      'You have been signed out. Please sign in again.',
    )
    await signInAt(browser, redirect, browser.account)
    const page = { page: nextOf(redirect.location), action: '/create' }
    expect(draftFieldsOf(await openForm(app, browser, page))).toEqual(draftFields)
  })

  it('are offered if the user signed in again in another tab and the form is out of date', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    await browser.signIn(account)
    const before = await links(app)
    const rejected = await form.send(draftFields)
    expect(rejected.status).toBe(403)
    expect(textOf(rejected)).toContain(
      'You signed in again after opening it, so the form was not submitted.',
    )
    const [, nextHref = ''] = /class="button" href="([^"]+)"/.exec(rejected.body) ?? []
    expect(nextHref).toMatch(/^\/create\?draft=/)
    const restored = await openForm(app, browser, { page: nextHref, action: '/create' })
    expect(draftFieldsOf(restored)).toEqual(draftFields)
    expect(await links(app)).toEqual(before)
  })

  it('belong to the account that opened the page, not to the one that submits the form', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const ann = browser.account
    const form = await openForm(app, browser, { page: '/create' })
    const bob = await app.account()
    await browser.signIn(bob)

    const rejected = await form.send(draftFields)
    expect(rejected.status).toBe(403)
    expect(textOf(rejected)).toContain(
      'Someone signed in with a different account after it was opened',
    )
    expect(rejected.body).not.toContain(ann.email)
    const [, nextHref = ''] = /class="button" href="([^"]+)"/.exec(rejected.body) ?? []
    const path = nextOf(nextHref.replaceAll('&amp;', '&'))
    expect((await browser.open(path)).body).not.toContain('half-done')

    app.clock.advance(31 * minute)
    const redirect = await form.send(draftFields)
    expect(redirect.location).toContain('session_expired')
    await signInAt(browser, redirect, bob)
    expect((await browser.open(nextOf(redirect.location))).body).not.toContain('half-done')
    await signInAt(browser, redirect, ann)
    expect((await browser.open(nextOf(redirect.location))).body).toContain('half-done')
    expect((await browser.open(path)).body).toContain('half-done')
  })

  it('are saved for each of several tabs, and after a double click', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    const one = await form.send({ ...draftFields, short_code: 'tab-one' })
    const two = await form.send({ ...draftFields, short_code: 'tab-two' })
    const twice = await form.send({ ...draftFields, short_code: 'tab-two' })
    await signInAt(browser, twice, account)
    for (const [redirect, code] of [
      [one, 'tab-one'],
      [two, 'tab-two'],
      [twice, 'tab-two'],
    ] as const) {
      expect((await browser.open(nextOf(redirect.location))).body).toContain(code)
    }
  })

  it('survive a validation error and another interruption', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    const redirect = await form.send({ ...draftFields, original_url: 'no address' })
    await signInAt(browser, redirect, account)
    const page = { page: nextOf(redirect.location), action: '/create' }
    const wrong = await (await openForm(app, browser, page)).send()
    expect(wrong.status).toBe(400)
    expect(wrong.body).toContain('no address')
    expect(wrong.body).toContain('name="draft"')
    const again = await openForm(app, browser, page)
    app.clock.advance(31 * minute)
    const once = await again.send({ original_url: 'https://dest.test/corrected' })
    expect(once.status).toBe(303)
    await signInAt(browser, once, account)
    expect((await browser.open(nextOf(once.location))).body).toContain('/corrected')
  })
})
