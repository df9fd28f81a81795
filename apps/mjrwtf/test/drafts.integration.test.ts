import { describe, expect, it } from 'vitest'
import { aBrowser, formType, fromOurPage, textOf } from './support/browser.ts'
import { draftFields, nextOf, openInterruptedForm, readDrafts } from './support/interrupted.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const second = 1_000
const minute = 60_000
const hour = 60 * minute

describe.each(databases)('drafts on %s', (kind) => {
  const opened = useApp(kind)

  it('cannot be created cross-site (V3.5.1)', async () => {
    const app = opened()
    const { form } = await openInterruptedForm(app)
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
      const redirect = await form.send(draftFields, { headers })
      expect([headers, redirect.status, redirect.location]).toEqual([
        headers,
        303,
        expect.stringMatching(/next=%2F$/),
      ])
    }
    expect(await readDrafts(app)).toEqual([])
  })

  it('are only saved for a form we rendered: not with a forged, expired or missing owner token', async () => {
    const app = opened()
    const { form } = await openInterruptedForm(app)
    const { form_owner: ownerToken = '' } = form.fields
    const [at = '', user = '', signature = ''] = ownerToken.split('.')
    const other = await app.account()
    const forged = [
      '',
      'x',
      `${at}.${other.id}.${signature}`,
      `${Number(at) + 1}.${user}.${signature}`,
      `${at}.${user}`,
      `${at}.${user}.`,
      `${at}.${user}.${'A'.repeat(43)}`,
      `${ownerToken}=`,
      `.${signature}`,
      '\0',
    ]
    for (const form_owner of forged) {
      const redirect = await form.send({ ...draftFields, form_owner })
      expect([form_owner, redirect.status]).toEqual([form_owner, 303])
      expect(redirect.location).toMatch(/next=%2F$/)
    }
    const visitor = aBrowser(app)
    const flood = Array.from({ length: 50 }, () =>
      form.send({ ...draftFields, form_owner: '' }, { from: visitor }),
    )
    for (const { status } of await Promise.all(flood)) expect(status).toBe(303)
    app.clock.advance(30 * 24 * hour)
    await form.send(draftFields)
    expect(await readDrafts(app)).toEqual([])
  })

  it('are saved for pages only; for an invalid path nothing is saved and nothing fails', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    const { form_owner = '', csrf_token = '' } = form.fields
    const body = new URLSearchParams({ original_url: 'https://dest.test/', form_owner, csrf_token })
    const post = (name: string) =>
      browser.send(`/links/${name}/edit`, {
        method: 'POST',
        headers: [...formType, ...fromOurPage(app)],
        body: body.toString(),
      })
    const names = [
      '%0d%0aX-Split:1',
      '%e6%97%a5%20',
      '%e2%80%8b',
      '%5c%5cevil.test',
      '%ff',
      'a'.repeat(5_000),
    ]
    for (const name of names) {
      const redirect = await post(name)
      expect([name, redirect.status]).toEqual([name, 303])
      expect(redirect.location).toMatch(/^\/login\?/)
    }
    // No page of the app contains a null character.
    expect((await post('%00')).status).toBe(404)
    await browser.signIn(account)
    for (const name of names) expect([name, (await post(name)).status]).toEqual([name, 403])
    expect(await readDrafts(app)).toEqual([])
  })

  it('are limited in size, and not saved if empty', async () => {
    const app = opened()
    const { browser, form } = await openInterruptedForm(app)
    const late = await form.send({ ...draftFields, original_url: 'x'.repeat(97 * 1024) })
    expect(textOf(await browser.open(late.location))).toContain('could not save what you typed')
    expect(await readDrafts(app)).toEqual([])
    await form.send({ original_url: ' ', short_code: '', expires_at: '' })
    expect(await readDrafts(app)).toEqual([])
    expect(textOf(await browser.open('/login'))).not.toContain('could not save what you typed')
  })

  it('are limited to sixty an hour per session, and the page says that the limit was reached', async () => {
    const app = opened()
    const { browser, form } = await openInterruptedForm(app)
    for (let sent = 0; sent < 60; sent += 1) {
      expect((await form.send(draftFields)).location).toContain('draft')
    }
    const before = await app.fingerprint()
    const late = await form.send(draftFields)
    expect([late.status, late.location]).toEqual([303, '/login?next=%2F'])
    expect(textOf(await browser.open(late.location))).toContain('could not save what you typed')
    expect(await app.fingerprint()).toBe(before)
    expect(app.log()).toContainEqual(expect.objectContaining({ limit: 'drafts' }))
  })

  it('of an old page neither evict nor use up those of pages of a later session', async () => {
    const app = opened()
    const { form: oldPage, account } = await openInterruptedForm(app)
    const { browser, form } = await openInterruptedForm(app, account)
    const { location } = await form.send(draftFields)
    for (let sent = 0; sent < 62; sent += 1) await oldPage.send({ original_url: 'https://x.test/' })
    await browser.signIn(account)
    expect((await browser.open(nextOf(location))).body).toContain('half-done')
    app.clock.advance(31 * 60_000)
    expect((await form.send(draftFields)).location).toContain('draft')
  })
})

describe.each(databases)('draft on %s', (kind) => {
  const opened = useApp(kind)

  it('is found for an hour, on its own page, by its own id; otherwise the form is empty', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    const path = nextOf((await form.send(draftFields)).location)
    const id = path.slice('/create?draft='.length)
    await browser.signIn(account)
    const created = { original_url: 'https://dest.test/', short_code: `other-${kind}` }
    expect((await browser.submit('/create', created)).status).toBe(303)
    const otherPage = await browser.open(`/links/other-${kind}/edit?draft=${id}`)
    expect([otherPage.status, /We restored|alert\(1\)/.test(otherPage.body)]).toEqual([200, false])
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
      expect([other, plain.status, plain.body.includes('We restored')]).toEqual([other, 200, false])
    }
    expect((await browser.open(`${path}&draft=x`)).status).toBe(200)

    // Reads and reloads do not consume it.
    app.clock.advance(hour - 1)
    await browser.signIn(account)
    expect((await browser.open(path)).body).toContain('half-done')
    app.clock.advance(1)
    expect((await browser.open(path)).body).not.toContain('half-done')
  })

  it('is one of at most five per user, and is purged after an hour', async () => {
    const app = opened()
    await app.storage.query('DELETE FROM drafts')
    const { form } = await openInterruptedForm(app)
    const other = await openInterruptedForm(app)
    await other.form.send(draftFields)
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        form.send({ ...draftFields, short_code: `at-once-${n}` }),
      ),
    )
    expect(sent.map(({ status }) => status)).toEqual(Array(20).fill(303))
    // All have the same age, so two requests may each evict one for a third.
    const count = (await readDrafts(app)).length
    expect(count).toBeGreaterThan(1)
    expect(count).toBeLessThanOrEqual(6)
    for (let later = 0; later < 6; later += 1) {
      app.clock.advance(second)
      await form.send({ ...draftFields, short_code: later === 5 ? 'the-newest' : 'newer' })
    }
    expect(await readDrafts(app)).toHaveLength(6)
    expect(JSON.stringify(await readDrafts(app))).toContain('the-newest')

    app.clock.advance(hour - 6 * second)
    await app.features.purge()
    expect(await readDrafts(app)).toHaveLength(5)
    app.clock.advance(6 * second)
    await app.features.purge()
    expect(await readDrafts(app)).toEqual([])
  })

  it('contains only the fields of the form: no password, token or file', async () => {
    const app = opened()
    const { form } = await openInterruptedForm(app)
    await app.storage.query('DELETE FROM drafts')
    await form.send({ ...draftFields, password: 'a secret of mine', next: '/x', __proto__: 'x' })
    const stored = await app.storage.query('SELECT path, fields FROM drafts')
    // The other fields of the form were sent empty.
    const filled = { path: '/create', fields: expect.stringContaining('"short_code":"half-done"') }
    expect(stored).toEqual([filled])
    for (const value of Object.values(draftFields))
      expect(stored).toEqual([
        expect.objectContaining({ fields: expect.stringContaining(JSON.stringify(value)) }),
      ])
    expect(JSON.stringify(stored)).not.toMatch(/a secret|csrf|form_owner/)
  })

  it('is deleted with the account', async () => {
    const app = opened()
    const { browser, form, account } = await openInterruptedForm(app)
    await form.send(draftFields)
    await app.storage.query(`DELETE FROM users WHERE id = '${account.id}'`)
    const late = await form.send(draftFields)
    expect([late.status, late.location]).toEqual([303, '/login?next=%2F'])
    expect(textOf(await browser.open(late.location))).toContain(
      'Your form was not submitted, and we could not save what you typed.',
    )
    expect(
      await app.storage.query(`SELECT id FROM drafts WHERE user_id = '${account.id}'`),
    ).toEqual([])
  })
})
