import { describe, expect, it } from 'vitest'
import { shorten } from './support/api.ts'
import { aSignedInBrowser, textOf } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

describe.each(databases)('dashboard on %s', (kind) => {
  const opened = useApp(kind)

  it('lists own links newest first in pages, searches them, and shows totals', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    for (let n = 1; n <= 23; n += 1) {
      app.clock.advance(1_000)
      const original_url = `https://dest.test/${n % 2 === 0 ? 'even' : 'odd'}/${n}`
      await shorten(browser, { original_url, short_code: `n${n}-${kind}` })
    }
    await app.send(`/n23-${kind}`)
    await app.send(`/n1-${kind}`)
    await app.flushClicks()

    const first = await browser.open('/dashboard')
    expect(codesOn(first.body)).toEqual(Array.from({ length: 20 }, (_, n) => `n${23 - n}-${kind}`))
    expect(textOf(first)).toContain('links 23 clicks 2')
    expect(textOf(first)).toContain('1–20 of 23')
    const second = await browser.open(linkTo(first.body, 'Older'))
    expect(codesOn(second.body)).toEqual([3, 2, 1].map((n) => `n${n}-${kind}`))
    expect(textOf(second)).toContain('21–23 of 23')
    expect(second.body).not.toContain('>Older<')
    const back = await browser.open(linkTo(second.body, 'Newer'))
    expect(codesOn(back.body)).toEqual(codesOn(first.body))
    expect(back.body).not.toContain('>Newer<')
    expect(codesOn((await browser.open('/dashboard?limit=20&offset=20')).body)).toHaveLength(3)
    const found = await browser.open('/dashboard?limit=5&offset=5&q=EVEN')
    expect(codesOn(found.body)).toEqual([12, 10, 8, 6, 4].map((n) => `n${n}-${kind}`))
    expect(linkTo(found.body, 'Older')).toContain('/dashboard?q=EVEN&limit=5&cursor=')
    const last = await browser.open(linkTo(found.body, 'Older'))
    expect(codesOn(last.body)).toEqual([`n2-${kind}`])
    expect(textOf(last)).toContain('11–11 of 11')
    expect(codesOn((await browser.open('/dashboard?q=100%25')).body)).toEqual([])
    for (const odd of ['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'cursor=x', 'cursor=W10']) {
      const page = await browser.open(`/dashboard?${odd}`)
      expect([odd, page.status, codesOn(page.body)]).toEqual([odd, 200, codesOn(first.body)])
    }
    expect(textOf(await browser.open('/dashboard?q=%00'))).toContain('No results for')
    expect(textOf(await browser.open('/dashboard?offset=99999999999'))).toContain('No more links')
    expect(textOf(await (await aSignedInBrowser(app)).open('/dashboard'))).toContain('No links yet')
  })

  it('edits and deletes links through forms and confirms each once', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `edit-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/old', short_code: code })
    const path = `/links/${code}/edit`
    expect((await browser.open(path)).body).toContain('value="https://dest.test/old"')
    const bad = await browser.submit(path, { original_url: 'ftp://x.test', expires_at: '' })
    expect([bad.status, bad.body.includes('original_url-problem')]).toEqual([400, true])
    const saved = await browser.submit(path, {
      original_url: 'https://dest.test/new',
      expires_at: '',
    })
    expect([saved.status, saved.location]).toEqual([303, `/links/${code}`])
    expect(textOf(await browser.open(`/links/${code}`))).toContain('Changes saved.')
    expect((await app.send(`/${code}`)).location).toBe('https://dest.test/new')

    const deleted = await browser.submit(`/links/${code}/delete`, {}, { on: '/dashboard' })
    expect([deleted.status, deleted.location]).toEqual([303, expect.stringMatching('change=')])
    expect(textOf(await browser.open(deleted.location ?? ''))).toMatch(
      new RegExp(`Link /${code} deleted.*restore deleted links for 30 days.*Undo`),
    )
    expect((await app.send(`/${code}`)).status).toBe(410)
    for (const removed of [path, `/links/${code}`]) {
      expect((await browser.open(removed)).status).toBe(404)
    }
  })

  it('answers 404 for links of other users and changes nothing (V8.2.2)', async () => {
    const app = opened()
    const owner = await aSignedInBrowser(app)
    const code = `mine-${kind}`
    await shorten(owner, { original_url: 'https://dest.test/', short_code: code })
    const other = await aSignedInBrowser(app)
    // Consumes the flash of the sign-in, which is stored in the session.
    await other.open('/dashboard')
    const before = await app.fingerprint()
    const fields = { original_url: 'https://evil.test/', expires_at: '' }
    const answers = [
      await other.open(`/links/${code}`),
      await other.open(`/links/${code}/edit`),
      await other.submit(`/links/${code}/edit`, fields, { on: '/create' }),
      await other.submit(`/links/${code}/edit`, { original_url: 'bad' }, { on: '/create' }),
      await other.submit(`/links/${code}/delete`, {}, { on: '/create' }),
      await other.call('GET', `/api/urls/${code}`),
      await other.call('GET', `/api/urls/${code}/analytics`),
      await other.call('PATCH', `/api/urls/${code}`, { original_url: 'https://evil.test/' }),
      await other.call('PATCH', `/api/urls/${code}`, { original_url: 'bad' }),
      await other.call('DELETE', `/api/urls/${code}`),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    expect(await app.fingerprint()).toBe(before)
    expect(codesOn((await other.open('/dashboard?q=mine')).body)).toEqual([])
  })

  it('shows hostile destinations and searches as text (V3.2.2, V1.2.2)', async () => {
    const browser = await aSignedInBrowser(opened())
    const hostile = `https://dest.test/"><script>alert(1)</script>?'<img src=x onerror=alert(2)>`
    await shorten(browser, {
      original_url: hostile.replaceAll(' ', '%20'),
      short_code: `xss-${kind}`,
    })
    const pages = [
      await browser.open('/dashboard'),
      await browser.open(`/dashboard?q=${encodeURIComponent('"><script>alert(3)</script>')}`),
      await browser.open(`/links/xss-${kind}/edit`),
      await browser.open(`/xss-${kind}+`),
      await browser.open(`/login?next=${encodeURIComponent('/"><script>alert(4)</script>')}`),
    ]
    for (const { body } of pages) {
      expect(body).not.toMatch(/<script>|<img|onerror=alert\(2\)>/)
      // Only the page's own, which have a nonce.
      for (const tag of body.match(/<script[^>]*/g) ?? [])
        expect(tag).toMatch(/nonce="[^"]+" src="\//)
    }
  })
})

/** The URL of the link with that text. */
function linkTo(body: string, text: string): string {
  const [, href = ''] = new RegExp(`href="([^"]+)"[^>]*>${text}<`).exec(body) ?? []
  return href.replaceAll('&amp;', '&')
}

/** Short codes of a dashboard's rows, in order. */
function codesOn(body: string): readonly string[] {
  return [...body.matchAll(/href="\/links\/([^/"]+)\/edit"/g)].map(([, code = '']) => code)
}
