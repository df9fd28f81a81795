import { describe, expect, it } from 'vitest'
import { shorten } from './support/api.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const original_url = 'https://dest.test/'

describe.each(databases)('short codes on %s', (kind) => {
  const opened = useApp(kind)

  it('of any script and with slashes redirect, show a preview and have pages', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const code of [
      'q',
      'v1.2',
      `team/menu/${kind}`,
      'кафе',
      'می\u200cخواهم',
      'a_b-c',
      '菜单/今天',
    ]) {
      await shorten(browser, { original_url, short_code: code })
      const path = `/${encodeURI(code)}`
      expect([code, (await opened().send(path)).location]).toEqual([code, original_url])
      expect([code, (await opened().send(`${path}+`)).status]).toEqual([code, 200])
      expect([code, (await opened().send(path, { method: 'POST' })).status]).toEqual([code, 405])
      for (const segment of [
        encodeURIComponent(code),
        encodeURIComponent(code.replaceAll('/', '~')),
      ]) {
        const page = await browser.open(`/links/${segment}`)
        expect([segment, page.status]).toEqual([segment, 200])
        const edited = await browser.submit(`/links/${segment}/edit`, { original_url })
        expect([segment, edited.status]).toEqual([segment, 303])
        const api = await browser.call('GET', `/api/urls/${segment}`)
        expect(api.json()).toMatchObject({ short_code: code })
      }
    }
    const dashboard = await browser.open('/dashboard')
    expect(dashboard.body).toContain(`href="/links/team~menu~${kind}/edit"`)
    expect(dashboard.body).toContain('href="/links/%D0%BA%D0%B0%D1%84%D0%B5"')
  })

  it('are unique and found ignoring case, also outside of A to Z', async () => {
    const browser = await aSignedInBrowser(opened())
    await shorten(browser, { original_url, short_code: `Straße-${kind}` })
    for (const code of [`STRASSE-${kind}`, `strasse-${kind}`.toUpperCase(), `straße-${kind}`]) {
      const body = { original_url: 'https://other.test/', short_code: code }
      expect([code, (await browser.call('POST', '/api/urls', body)).status]).toEqual([code, 409])
      expect((await opened().send(`/${encodeURI(code)}`)).location).toBe(original_url)
      const api = await browser.call('GET', `/api/urls/${encodeURIComponent(code)}`)
      expect(api.json()).toMatchObject({ short_code: `Straße-${kind}` })
    }
  })

  it('are assigned to one of many requests that differ by case only', async () => {
    const browser = await aSignedInBrowser(opened())
    const codes = ['wanted', 'Wanted', 'WANTED', 'wAnTeD', 'ｗanted'].map(
      (code) => `${code}-${kind}`,
    )
    const answers = await Promise.all(
      codes.map((short_code) => browser.call('POST', '/api/urls', { original_url, short_code })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409])
  })

  it('tolerate what a link picks up when it is copied, and nothing else', async () => {
    const browser = await aSignedInBrowser(opened())
    const code = `copied-${kind}`
    await shorten(browser, { original_url, short_code: code })
    for (const path of [
      ...[
        `${code}/`,
        `${code}.`,
        `${code},`,
        `${code})`,
        `%22${code}%22`,
        `${code}%E2%80%9D`,
        `${code}%20`,
      ],
      ...[
        `${code}%E2%80%8B`,
        `%20${code}`,
        `${code}%0A`,
        `${code}%3E`,
        `${code}%E3%80%82`,
        code.toUpperCase(),
      ],
    ]) {
      expect([path, (await opened().send(`/${path}`)).location]).toEqual([path, original_url])
    }
    for (const path of [`${code}+.`, `${code}/+`, `${code}.%2B`]) {
      expect([path, (await opened().send(`/${path}`)).status]).toEqual([path, 200])
    }
    for (const path of [`${code}s`, `${code}/x`, `x/${code}`, `${code}%FF`]) {
      expect([path, (await opened().send(`/${path}`)).status]).toEqual([path, 404])
    }
  })

  it('that differ by case from an earlier version lead to their own links only', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url: 'https://one.test/', short_code: `Old-${kind}` })
    await shorten(browser, { original_url: 'https://two.test/', short_code: `other-${kind}` })
    // As the migration leaves two codes that an earlier version distinguished.
    await app.storage.query(`UPDATE links SET short_code = 'OLD-${kind}', code_key = 'old-${kind}'
      WHERE short_code = 'other-${kind}'`)
    await app.storage.query(`UPDATE short_codes SET short_code = 'OLD-${kind}',
      code_key = 'old-${kind}', is_variant = 1 WHERE short_code = 'other-${kind}'`)
    expect((await app.send(`/Old-${kind}`)).location).toBe('https://one.test/')
    expect((await app.send(`/OLD-${kind}`)).location).toBe('https://two.test/')
    expect((await app.send(`/old-${kind}`)).status).toBe(404)
    expect((await browser.call('GET', `/api/urls/old-${kind}`)).status).toBe(404)
    expect((await app.send(`/OLD-${kind}.`)).status).toBe(404)
  })

  it('are rejected with the reason at their field', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const [short_code, reason] of [
      ['x'.repeat(65), 'at most 64 characters'],
      ['a b', 'Use letters, digits'],
      ['a\u202eb', 'Use letters, digits'],
      ['/a', 'slash'],
      ['a/../b', 'period'],
      ['admin/x', 'reserved'],
      ['lоgin', 'reserved'],
    ] as const) {
      const answer = await browser.submit('/create', { original_url, short_code })
      expect([short_code, answer.status]).toEqual([short_code, 400])
      expect(textOf(answer)).toContain(reason)
    }
    const page = await browser.open('/create')
    expect(page.body).not.toContain('maxlength')
  })

  it('never shadow a page: paths of the app are not looked up', async () => {
    const app = opened()
    app.faults.calls.length = 0
    for (const path of [
      '/robots.txt',
      '/login/x',
      '/LINKS/x',
      '/.well-known/x',
      '/admin.php',
      '/',
    ]) {
      await aBrowser(app).open(path)
    }
    expect(app.faults.calls.filter((call) => call.startsWith('links.'))).toEqual([])
  })
})

describe.each(databases)('codes of a link on %s', (kind) => {
  const opened = useApp(kind)

  async function aLinkWithCodes(main: string, ...further: readonly string[]) {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url, short_code: main })
    const page = `/links/${main}/codes`
    for (const short_code of further) await browser.submit(page, { short_code })
    return { app, browser, page }
  }

  it('are added and removed; a removed one answers 410 and returns to its link only', async () => {
    const { app, browser, page } = await aLinkWithCodes(`menu-${kind}`)
    const code = `lunch-${kind}`
    const added = await browser.submit(page, { short_code: code })
    expect([added.status, added.location]).toEqual([303, page])
    expect((await app.send(`/${code.toUpperCase()}`)).location).toBe(original_url)
    expect((await browser.open(page)).body).toContain(`localhost:8080/${code}`)
    const other = await aSignedInBrowser(app)
    const requested = { original_url, short_code: code }
    expect((await other.call('POST', '/api/urls', requested)).status).toBe(409)

    await browser.submit(`${page}/${code}/remove`, {}, { on: page })
    expect((await app.send(`/${code}`)).status).toBe(410)
    expect((await other.call('POST', '/api/urls', requested)).status).toBe(409)
    expect((await browser.call('POST', '/api/urls', requested)).status).toBe(409)
    await browser.submit(page, { short_code: code })
    expect((await app.send(`/${code}`)).location).toBe(original_url)
  })

  it('are renamed: the old code keeps redirecting and opens the page of the link', async () => {
    const { app, browser, page } = await aLinkWithCodes(`old-${kind}`)
    const renamed = await browser.submit(page, { short_code: `new-${kind}`, main: 'on' })
    expect(renamed.location).toBe(`/links/new-${kind}/codes`)
    for (const code of [`old-${kind}`, `new-${kind}`]) {
      expect((await app.send(`/${code}`)).location).toBe(original_url)
      const shown = await browser.call('GET', `/api/urls/${code}`)
      expect(shown.json()).toMatchObject({ short_code: `new-${kind}` })
    }
    const codes = `/links/new-${kind}/codes`
    await browser.submit(`${codes}/old-${kind}/main`, {}, { on: codes })
    const again = await browser.call('GET', `/api/urls/new-${kind}`)
    expect(again.json()).toMatchObject({ short_code: `old-${kind}` })
    await browser.submit(page, { short_code: `OLD-${kind}`, main: 'on' })
    for (const code of [`old-${kind}`, `OLD-${kind}`]) {
      expect((await app.send(`/${code}`)).location).toBe(original_url)
    }
  })

  it('are limited to ten, also for many requests at once', async () => {
    const { app, browser, page } = await aLinkWithCodes(`full-${kind}`)
    const csrf_token = await browser.csrfToken('/create')
    const answers = await Promise.all(
      Array.from({ length: 14 }, (_, n) =>
        browser.submit(page, { short_code: `full-${kind}-${n}`, csrf_token }, { on: '/create' }),
      ),
    )
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(9)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5)
    const codes = await app.storage.query(`SELECT short_code FROM short_codes
      WHERE removed_at IS NULL AND code_key LIKE 'full-${kind}%'`)
    expect(codes).toHaveLength(10)
  })

  it('are assigned to one of two links that request one at once', async () => {
    const { app, browser } = await aLinkWithCodes(`one-${kind}`)
    await shorten(browser, { original_url: 'https://two.test/', short_code: `two-${kind}` })
    const csrf_token = await browser.csrfToken('/create')
    const requested = { short_code: `both-${kind}`, csrf_token, main: 'on' }
    const answers = await Promise.all(
      ['one', 'two', 'one', 'two'].map((name) =>
        browser.submit(`/links/${name}-${kind}/codes`, requested, { on: '/create' }),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 409]))
    const named = await app.storage.query(
      `SELECT short_code FROM links WHERE short_code = 'both-${kind}'`,
    )
    expect(named).toHaveLength(1)
  })

  it('of other users and main codes are not removed, and reserved ones not added', async () => {
    const { app, browser, page } = await aLinkWithCodes(`mine-${kind}`, `further-${kind}`)
    const other = await aSignedInBrowser(app)
    const remove = (client: typeof browser, short_code: string) =>
      client.submit(`${page}/${short_code}/remove`, {}, { on: '/create' })
    expect((await remove(other, `further-${kind}`)).status).toBe(404)
    expect((await other.submit(page, { short_code: 'x' }, { on: '/create' })).status).toBe(404)
    expect((await remove(browser, `mine-${kind}`)).status).toBe(404)
    expect((await browser.submit(page, { short_code: 'login' })).status).toBe(400)
    expect((await app.send(`/further-${kind}`)).location).toBe(original_url)
    const reserved = { short_code: `mine-${kind}` }
    expect((await other.call('POST', '/api/urls', { original_url, ...reserved })).status).toBe(409)
  })
})
