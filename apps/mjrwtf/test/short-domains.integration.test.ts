import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import { openApp, proxied, type TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const path = '/settings/domains'
const empty = { root_url: '', not_found_url: '', not_found_text: '' }

/** At a host other than that of the site. */
function at(app: TestApp, host: string) {
  return (path: string) => app.send(path, { headers: [['Host', host]] })
}

async function add(operator: SignedInBrowser, host: string, details: Partial<typeof empty> = {}) {
  const answer = await operator.submit(path, { host, ...empty, ...details }, { on: path })
  expect([answer.status, answer.location]).toEqual([303, path])
}

async function createAt(browser: SignedInBrowser, code: string, domain: string) {
  const body = { original_url: `https://dest.test/${code}`, short_code: code, domain }
  return browser.call('POST', '/api/urls', body)
}

describe.each(databases)('short domains on %s', (kind) => {
  it('serve the links that chose them, their own root and their own text for unknown codes', async () => {
    await using app = await anApp(kind, { env: { ...proxied, SHORT_BASE_URL: 'https://s.test' } })
    const operator = await aSignedInBrowser(app)
    await add(operator, 'https://Go.TEST/', {
      root_url: 'https://ada.test/',
      not_found_text: 'Nichts',
    })
    await add(operator, 'to.test', { not_found_url: 'https://ada.test/404' })
    const created = await createAt(operator, 'menu', 'go.test')
    expect(created.json()).toMatchObject({ short_url: 'https://go.test/menu' })
    expect((await createAt(operator, 'other', '')).json()).toMatchObject({
      short_url: 'https://s.test/other',
    })
    const [go, to, short] = [at(app, 'go.test'), at(app, 'to.test'), at(app, 's.test')]
    expect((await go('/menu')).location).toBe('https://dest.test/menu')
    expect(textOf(await go('/menu+'))).toContain('go.test/menu')
    expect((await short('/other')).location).toBe('https://dest.test/other')
    // A link works at its own domain only.
    for (const answer of [await short('/menu'), await go('/other'), await app.send('/menu')]) {
      expect(answer.status).toBe(404)
    }
    // Also once it has ended: neither its fallback nor that it existed.
    const expires_at = new Date(app.clock.now() + 60_000).toISOString()
    const ending = { original_url: 'https://dest.test/', domain: 'go.test', expires_at }
    const fallback_url = 'https://dest.test/over'
    await operator.call('POST', '/api/urls', { ...ending, short_code: 'led', fallback_url })
    await operator.call('POST', '/api/urls', { ...ending, short_code: 'ended' })
    app.clock.advance(60_000)
    expect((await go('/led')).location).toBe(fallback_url)
    expect((await go('/ended')).status).toBe(410)
    for (const path of ['/led', '/ended']) expect((await short(path)).status).toBe(404)
    const checked = await app.send('/preview?link=go.test/menu')
    expect(checked.location).toBe('https://go.test/menu+')
    expect((await go('/')).location).toBe('https://ada.test/')
    expect(textOf(await go('/unknown'))).toContain('Nichts')
    expect((await to('/unknown')).location).toBe('https://ada.test/404')
    expect((await to('/')).status).toBe(302)
    // Nothing of the app is there (V3.5.4), and no cookie.
    for (const page of ['/login', '/dashboard', '/api/urls', '/settings/domains']) {
      const answer = await go(page)
      expect([page, answer.status, answer.setCookies]).toEqual([page, 404, []])
    }
    expect((await at(app, 'evil.test')('/menu')).status).toBe(404)
  })

  it('can be chosen in the form, and continue at the default host when they are removed', async () => {
    await using app = await anApp(kind)
    const operator = await aSignedInBrowser(app)
    expect((await operator.open('/create')).body).not.toContain('name="domain"')
    await add(operator, 'go.test')
    const form = await operator.open('/create')
    expect(form.body).toContain('<option value="go.test">')
    const fields = { original_url: 'https://dest.test/', short_code: 'menu', expires_at: '' }
    await operator.submit('/create', { ...fields, domain: 'go.test' }, { on: '/create' })
    expect((await operator.open('/links/menu')).body).toContain('http://go.test/menu')
    expect((await app.send('/menu')).status).toBe(404)
    const removed = await operator.submit(`${path}/go.test/remove`, {}, { on: `${path}/go.test` })
    expect(removed.location).toBe(path)
    expect((await app.send('/menu')).location).toBe('https://dest.test/')
    expect((await operator.open('/links/menu')).body).toContain('http://localhost:8080/menu')
    const [link] = await app.storage.query('SELECT domain FROM links')
    expect(link).toEqual({ domain: null })
  })

  it('are the same in another process after it has read them again', async () => {
    await using app = await anApp(kind)
    await using other = await openApp(app.storage)
    const operator = await aSignedInBrowser(app)
    await add(operator, 'go.test')
    await createAt(operator, 'menu', 'go.test')
    await other.features.domains.refresh()
    expect((await at(other, 'go.test')('/menu')).location).toBe('https://dest.test/menu')
    await app.features.domains.remove('go.test')
    await other.features.domains.refresh()
    expect((await other.send('/menu')).location).toBe('https://dest.test/menu')
  })

  it('with a link that was created while they were removed lose it to the default host', async () => {
    await using app = await anApp(kind)
    await using other = await openApp(app.storage)
    const operator = await aSignedInBrowser(app)
    await add(operator, 'go.test')
    await other.features.domains.remove('go.test')
    // The first process has not read the removal yet.
    expect((await createAt(operator, 'menu', 'go.test')).status).toBe(201)
    expect((await other.send('/menu')).location).toBe('https://dest.test/menu')
    await app.features.purge()
    expect(await app.storage.query('SELECT domain FROM links')).toEqual([{ domain: null }])
  })
})

describe.each(databases)('the page of short domains on %s', (kind) => {
  const opened = useApp(kind)

  it('refuses what is no domain, exists or belongs to the site, and names the field', async () => {
    const operator = await aSignedInBrowser(opened())
    await add(operator, 'go.test')
    for (const [host, text] of [
      ['go.test', 'This domain exists already.'],
      ['localhost:8080', 'This is the host of the site itself.'],
      ['go.test/path', 'Enter a host name, such as go.example.'],
      ['10.0.0.1', 'Enter a host name, such as go.example.'],
    ] as const) {
      const answer = await operator.submit(path, { host, ...empty }, { on: path })
      expect([host, answer.status, textOf(answer).includes(text)]).toEqual([host, 400, true])
    }
    const hostile = { ...empty, root_url: 'javascript:alert(1)' }
    const answer = await operator.submit(`${path}/go.test`, hostile, { on: `${path}/go.test` })
    expect([answer.status, answer.body.includes('id="root_url-problem"')]).toEqual([400, true])
    expect((await createAt(operator, 'xyz', 'evil.test')).status).toBe(400)
    const loop = await operator.call('POST', '/api/urls', { original_url: 'https://go.test/menu' })
    expect(loop.status).toBe(400)
  })

  it('is for administrators only', async () => {
    const app = opened()
    await app.account()
    const user = await aSignedInBrowser(app)
    expect((await user.open(path)).status).toBe(404)
    expect((await aBrowser(app).open(path)).status).toBe(303)
  })
})

describe.each(databases)('the limit of short domains on %s', (kind) => {
  it('is 50', async () => {
    await using app = await anApp(kind)
    const details = { rootUrl: '', notFoundUrl: '', notFoundText: '' }
    const statuses: string[] = []
    for (let n = 0; n < 51; n += 1) {
      statuses.push((await app.features.domains.add(`d${n}.test`, details)).status)
    }
    expect(statuses.filter((status) => status === 'added')).toHaveLength(50)
    expect(app.features.domains.list()).toHaveLength(50)
  })
})
