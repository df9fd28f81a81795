import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { type OpenForm, openForm } from './support/open-form.ts'
import { anApp, useApp } from './support/rooms.ts'
import type { Answer, RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** What somebody had typed: hostile, so that it is also asked how it is shown. */
const typed = {
  original_url: `https://dest.test/?q="><script>alert(1)</script>`,
  short_code: 'half-done',
  expires_at: '2031-01-01T12:30',
}

const drafts = (app: TestApp) => app.storage.query('SELECT * FROM drafts')
const links = (app: TestApp) => app.storage.query('SELECT short_code, destination FROM links')

/** Where the sign-in page, or the one that asks again, will lead. */
function nextOf(location: string): string {
  return new URL(location, 'http://localhost').searchParams.get('next') ?? ''
}

/** Signs in on the page that a redirect leads to, with what that page puts into its form. */
function signInAt(browser: Browser, { location }: Pick<Answer, 'location'>, who: Account) {
  return browser.signIn(who, { next: nextOf(location) })
}

function showsTyped({ fields }: OpenForm): object {
  const { original_url, short_code, expires_at } = fields
  return { original_url, short_code, expires_at }
}

type Interruption = (
  app: TestApp,
  browser: Browser & { readonly account: Account },
) => Promise<void>

const endings: readonly (readonly [what: string, reason: string, end: Interruption])[] = [
  ['was idle', 'nothing happened for a while', async (app) => app.clock.advance(31 * minute)],
  [
    'reached its limit',
    'has reached its time limit',
    async (app, browser) => {
      for (let waited = 0; waited < 24 * 60; waited += 25) {
        app.clock.advance(25 * minute)
        await browser.send('/api/session')
        await app.flushActivity()
      }
    },
  ],
  [
    'was ended from elsewhere',
    'ended from another device',
    async (app, { account }) => {
      const elsewhere = await aSignedInBrowser(app, account)
      const answer = await elsewhere.submit(
        '/settings/sessions/revoke-others',
        {},
        { on: '/create' },
      )
      expect(answer.status).toBe(303)
      // A sign-in of the same instant would count as one from before.
      app.clock.advance(1)
    },
  ],
  [
    'ended with the password',
    'The password was changed',
    async (app, { account }) => {
      const elsewhere = await aSignedInBrowser(app, account)
      const fields = {
        current_password: account.password,
        new_password: 'lantern gravel oboe sixty',
      }
      expect((await elsewhere.submit('/settings/password', fields)).status).toBe(303)
      app.witness.learn(fields.new_password, 'password')
      Object.assign(account, { password: fields.new_password })
      app.clock.advance(1)
    },
  ],
]

describe.each(databases)('a form whose session %s', (kind) => {
  it.each(endings)(
    'that %s: is back after signing in, and nothing was sent',
    async (_, reason, end) => {
      await using app = await anApp(kind)
      const browser = await aSignedInBrowser(app)
      const form = await openForm(app, browser, { page: '/create' })
      await end(app, browser)

      const away = await form.send(typed)
      expect(away.status).toBe(303)
      expect(away.location).toMatch(
        /^\/login\?error=session_expired&next=%2Fcreate%3Fdraft%3D[\w-]{22}$/,
      )
      const told = textOf(await browser.open(away.location))
      expect(told).toContain(reason)
      expect(told).toContain('Nothing was sent. What you had typed is kept for an hour')

      const back = await signInAt(browser, away, browser.account)
      expect([back.status, back.location]).toEqual([303, nextOf(away.location)])
      const page = await browser.open(back.location)
      expect(textOf(page)).toContain('We kept what you had typed. Nothing was sent yet.')
      expect(page.body).not.toContain('<script>alert')
      const restored = await openForm(app, browser, { page: back.location, action: '/create' })
      expect(showsTyped(restored)).toEqual(typed)
      expect(await links(app)).toEqual([])

      expect((await restored.send()).status).toBe(200)
      expect(await links(app)).toHaveLength(1)
      expect(await drafts(app)).toEqual([])
      // The way back shows the plain page: what was sent is not offered again.
      const again = await openForm(app, browser, { page: back.location, action: '/create' })
      expect(showsTyped(again)).toEqual({ original_url: '', short_code: '', expires_at: '' })
    },
  )
})

/** A browser with the form open, whose session has ended since. */
async function interrupted(app: TestApp, account?: Account) {
  const browser = await aSignedInBrowser(app, account)
  const form = await openForm(app, browser, { page: '/create' })
  app.clock.advance(31 * minute)
  return { browser, form, account: browser.account }
}

describe.each(databases)('what was typed into an interrupted form on %s', (kind) => {
  const opened = useApp(kind)

  it('is shown to nobody else who signs in on that browser, who gets the plain page', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    const away = await form.send(typed)
    const other = await app.account()
    const back = await signInAt(browser, away, other)
    expect(back.location).toBe(nextOf(away.location))
    const page = await browser.open(back.location)
    expect(page.status).toBe(200)
    expect(page.body).not.toMatch(/dest\.test|half-done|We kept/)
    // And it still waits for whose it is.
    const own = await aSignedInBrowser(app, account)
    expect((await own.open(back.location)).body).toContain('half-done')
  })

  it('comes back from the home page and from the edit form too', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `edit-${kind}`
    const made = { original_url: 'https://dest.test/before', short_code: code }
    expect((await browser.submit('/create', made)).status).toBe(200)
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
    expect((await restored.send()).location).toBe('/dashboard')
    expect((await browser.open('/dashboard')).body).toContain('/after')
  })

  it('waits where no session is left to tell: signed out in another tab, or a cookie that is gone', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: '/create' })
    expect((await browser.submit('/logout', {}, { on: '/dashboard' })).status).toBe(303)
    expect(browser.sessionCookie()).toBe('')
    const away = await form.send(typed)
    expect(away.location).toMatch(/^\/login\?next=%2Fcreate%3Fdraft%3D/)
    expect(textOf(await browser.open(away.location))).toContain(
      'You are not signed in any more. Please sign in again.',
    )
    await signInAt(browser, away, browser.account)
    const page = { page: nextOf(away.location), action: '/create' }
    expect(showsTyped(await openForm(app, browser, page))).toEqual(typed)
  })

  it('is offered back where somebody signed in again in another tab, and the page was out of date', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    await browser.signIn(account)
    const before = await links(app)
    const refused = await form.send(typed)
    expect(refused.status).toBe(403)
    expect(textOf(refused)).toContain(
      'You have signed in again since it was opened, so nothing was sent.',
    )
    const [, way = ''] = /class="button" href="([^"]+)"/.exec(refused.body) ?? []
    expect(way).toMatch(/^\/create\?draft=/)
    const restored = await openForm(app, browser, { page: way, action: '/create' })
    expect(showsTyped(restored)).toEqual(typed)
    expect(await links(app)).toEqual(before)
  })

  it('belongs to the account that opened the page, whoever is signed in, or was, when it is sent', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const ann = browser.account
    const form = await openForm(app, browser, { page: '/create' })
    const bob = await app.account()
    await browser.signIn(bob)

    const refused = await form.send(typed)
    expect(refused.status).toBe(403)
    expect(textOf(refused)).toContain('Somebody else has signed in here since it was opened')
    expect(refused.body).not.toContain(ann.email)
    const [, way = ''] = /class="button" href="([^"]+)"/.exec(refused.body) ?? []
    const path = nextOf(way.replaceAll('&amp;', '&'))
    expect((await browser.open(path)).body).not.toContain('half-done')

    app.clock.advance(31 * minute)
    const away = await form.send(typed)
    expect(away.location).toContain('session_expired')
    await signInAt(browser, away, bob)
    expect((await browser.open(nextOf(away.location))).body).not.toContain('half-done')
    await signInAt(browser, away, ann)
    expect((await browser.open(nextOf(away.location))).body).toContain('half-done')
    expect((await browser.open(path)).body).toContain('half-done')
  })

  it('waits for each of several tabs, and after a double click', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    const one = await form.send({ ...typed, short_code: 'tab-one' })
    const two = await form.send({ ...typed, short_code: 'tab-two' })
    const twice = await form.send({ ...typed, short_code: 'tab-two' })
    await signInAt(browser, twice, account)
    for (const [away, code] of [
      [one, 'tab-one'],
      [two, 'tab-two'],
      [twice, 'tab-two'],
    ] as const) {
      expect((await browser.open(nextOf(away.location))).body).toContain(code)
    }
  })

  it('stays with a form that is shown again for its mistakes, and through another interruption', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    const away = await form.send({ ...typed, original_url: 'no address' })
    await signInAt(browser, away, account)
    const page = { page: nextOf(away.location), action: '/create' }
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

  it('is found for an hour, on its own page, by its own id: everything else is the plain page', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    const path = nextOf((await form.send(typed)).location)
    const id = path.slice('/create?draft='.length)
    await browser.signIn(account)
    const made = { original_url: 'https://dest.test/', short_code: `other-${kind}` }
    expect((await browser.submit('/create', made)).status).toBe(200)
    const elsewhere = await browser.open(`/links/other-${kind}/edit?draft=${id}`)
    expect([elsewhere.status, elsewhere.body.includes('half-done')]).toEqual([200, false])
    for (const other of [
      '',
      'x',
      id.slice(1),
      `${id}A`,
      '%00',
      `'%20OR%201=1--`,
      'x'.repeat(900),
      `${'A'.repeat(22)}`,
    ]) {
      const plain = await browser.open(`/create?draft=${other}`)
      expect([other, plain.status, plain.body.includes('We kept')]).toEqual([other, 200, false])
    }
    expect((await browser.open(`${path}&draft=x`)).status).toBe(200)

    // Reads and reloads use nothing up.
    app.clock.advance(hour - 1)
    await browser.signIn(account)
    expect((await browser.open(path)).body).toContain('half-done')
    app.clock.advance(1)
    expect((await browser.open(path)).body).not.toContain('half-done')
  })

  it('is kept in five drafts of a user at most, and removed when nobody came', async () => {
    const app = opened()
    await app.storage.query('DELETE FROM drafts')
    const { form } = await interrupted(app)
    const other = await interrupted(app)
    await other.form.send(typed)
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, n) => form.send({ ...typed, short_code: `at-once-${n}` })),
    )
    expect(sent.map(({ status }) => status)).toEqual(Array(20).fill(303))
    // Of the same instant all are equally old, so that two may each have made room for a third.
    const count = (await drafts(app)).length
    expect(count).toBeGreaterThan(1)
    expect(count).toBeLessThanOrEqual(6)
    for (let later = 0; later < 6; later += 1) {
      app.clock.advance(second)
      await form.send({ ...typed, short_code: later === 5 ? 'the-newest' : 'newer' })
    }
    expect(await drafts(app)).toHaveLength(6)
    expect(JSON.stringify(await drafts(app))).toContain('the-newest')

    app.clock.advance(hour - 6 * second)
    await app.useCases.purgeDrafts()
    expect(await drafts(app)).toHaveLength(5)
    app.clock.advance(6 * second)
    await app.useCases.purgeDrafts()
    expect(await drafts(app)).toEqual([])
  })

  it('never holds what the form does not name: no password, no token, no file', async () => {
    const app = opened()
    const { form } = await interrupted(app)
    await app.storage.query('DELETE FROM drafts')
    await form.send({ ...typed, password: 'a secret of mine', next: '/x', __proto__: 'x' })
    const kept = await app.storage.query('SELECT path, fields FROM drafts')
    expect(kept).toEqual([{ path: '/create', fields: JSON.stringify(typed) }])
    expect(JSON.stringify(kept)).not.toMatch(/a secret|csrf|seal/)
  })

  it('goes with the account', async () => {
    const app = opened()
    const { browser, form, account } = await interrupted(app)
    await form.send(typed)
    await app.storage.query(`DELETE FROM users WHERE id = '${account.id}'`)
    const late = await form.send(typed)
    expect([late.status, late.location]).toEqual([303, '/login?next=%2F'])
    expect(textOf(await browser.open(late.location))).toContain(
      'Nothing was sent, and what you had typed could not be kept.',
    )
    expect(
      await app.storage.query(`SELECT id FROM drafts WHERE user_id = '${account.id}'`),
    ).toEqual([])
  })
})

describe.each(databases)('drafts on %s', (kind) => {
  const opened = useApp(kind)

  it('are planted by no other site, whatever it knows (V3.5.1)', async () => {
    const app = opened()
    const { form } = await interrupted(app)
    const foreign: readonly RawHeaders[] = [
      [
        ['Origin', 'https://evil.test'],
        ['Sec-Fetch-Site', 'cross-site'],
      ],
      [['Origin', 'null']],
      [
        ['Origin', app.baseUrl],
        ['Sec-Fetch-Site', 'same-site'],
      ],
      [['Referer', 'https://evil.test/create']],
      [],
    ]
    for (const headers of foreign) {
      const away = await form.send(typed, { headers })
      expect([headers, away.status, away.location]).toEqual([
        headers,
        303,
        expect.stringMatching(/next=%2F$/),
      ])
    }
    expect(await drafts(app)).toEqual([])
  })

  it('are written for nobody of whom no page of ours speaks: forged, old, absent, or strangers in a flood', async () => {
    const app = opened()
    const { form } = await interrupted(app)
    const { form_seal: seal = '' } = form.fields
    const [at = '', user = '', signature = ''] = seal.split('.')
    const other = await app.account()
    const forged = [
      '',
      'x',
      `${at}.${other.id}.${signature}`,
      `${Number(at) + 1}.${user}.${signature}`,
      `${at}.${user}`,
      `${at}.${user}.`,
      `${at}.${user}.${'A'.repeat(43)}`,
      `${seal}=`,
      `.${signature}`,
      '\0',
    ]
    for (const form_seal of forged) {
      const away = await form.send({ ...typed, form_seal })
      expect([form_seal, away.status]).toEqual([form_seal, 303])
      expect(away.location).toMatch(/next=%2F$/)
    }
    const stranger = aBrowser(app)
    const flood = Array.from({ length: 50 }, () =>
      form.send({ ...typed, form_seal: '' }, { from: stranger }),
    )
    for (const { status } of await Promise.all(flood)) expect(status).toBe(303)
    app.clock.advance(30 * 24 * hour)
    await form.send(typed)
    expect(await drafts(app)).toEqual([])
  })

  it('are of a size that people type', async () => {
    const app = opened()
    const { browser, form } = await interrupted(app)
    const late = await form.send({ ...typed, original_url: 'x'.repeat(17 * 1024) })
    expect(textOf(await browser.open(late.location))).toContain('could not be kept')
    expect(await drafts(app)).toEqual([])
    await form.send({ original_url: ' ', short_code: '', expires_at: '' })
    expect(await drafts(app)).toEqual([])
    expect(textOf(await browser.open('/login'))).not.toContain('could not be kept')
  })

  it('are kept sixty times an hour for one user: no more is written, and the page says so', async () => {
    const app = opened()
    const { browser, form } = await interrupted(app)
    for (let sent = 0; sent < 60; sent += 1) {
      expect((await form.send(typed)).location).toContain('draft')
    }
    const before = await app.fingerprint()
    const late = await form.send(typed)
    expect([late.status, late.location]).toEqual([303, '/login?next=%2F'])
    expect(textOf(await browser.open(late.location))).toContain('could not be kept')
    expect(await app.fingerprint()).toBe(before)
    expect(app.log()).toContainEqual(expect.objectContaining({ limit: 'drafts' }))
  })

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
