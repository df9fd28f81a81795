import { describe, expect, it } from 'vitest'
import { invalid, shorten } from './support/api.ts'
import { aSignedInBrowser } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const original_url = 'https://dest.test/'

describe.each(databases)('codes of a link over the API on %s', (kind) => {
  const opened = useApp(kind)

  it('are added, listed, renamed and removed, and all of them redirect until then', async () => {
    const browser = await aSignedInBrowser(opened())
    const [main, further, renamed] = [`m-${kind}`, `теам/${kind}`, `n-${kind}`]
    const short_url = (code: string) => new URL(`http://localhost:8080/${code}`).href
    const item = (code: string, is_main: boolean) => ({
      ...{ short_code: code, short_url: short_url(code), is_main },
    })
    await shorten(browser, { original_url, short_code: main })
    const path = `/api/urls/${main}/codes`
    const added = await browser.call('POST', path, { short_code: further })
    const codes = [item(main, true), item(further, false)]
    expect([added.status, added.json()]).toEqual([201, { codes }])
    expect((await browser.send(path)).json()).toEqual({ codes })

    const patched = await browser.call('PATCH', `/api/urls/${main}`, { short_code: renamed })
    expect([patched.status, patched.json()]).toMatchObject([
      200,
      { short_code: renamed, original_url },
    ])
    for (const code of [main, further, renamed]) {
      expect([code, (await opened().send(`/${encodeURI(code)}`)).location]).toEqual([
        code,
        original_url,
      ])
    }
    const other = encodeURIComponent(further.replace('/', '~'))
    expect((await browser.call('DELETE', `${path}/${other}`)).status).toBe(204)
    expect((await browser.call('DELETE', `${path}/${other}`)).status).toBe(404)
    expect((await browser.call('DELETE', `${path}/${renamed}`)).status).toBe(404)
    expect((await opened().send(`/${encodeURI(further)}`)).status).toBe(410)
  })

  it('are refused field by field, of other links with 409, and beyond ten', async () => {
    const browser = await aSignedInBrowser(opened())
    const other = await aSignedInBrowser(opened())
    const [own, taken] = [`own-${kind}`, `taken-${kind}`]
    await shorten(browser, { original_url, short_code: own })
    await shorten(other, { original_url, short_code: taken })
    const path = `/api/urls/${own}/codes`
    for (const body of [{}, { short_code: null }, { short_code: 'a b' }, { short_code: 'login' }]) {
      const answer = await browser.call('POST', path, body)
      expect([body, answer.status, answer.json()]).toEqual([body, 400, invalid('short_code')])
    }
    const mixed = await browser.call('PATCH', `/api/urls/${own}`, { short_code: 'x', title: 'x' })
    expect([mixed.status, mixed.json()]).toEqual([400, invalid('short_code')])
    const error = { code: 'short_code_taken' }
    for (const [method, url] of [
      ['POST', path],
      ['PATCH', `/api/urls/${own}`],
    ] as const) {
      const answer = await browser.call(method, url, { short_code: taken.toUpperCase() })
      expect([method, answer.status, answer.json()]).toMatchObject([method, 409, { error }])
    }
    expect((await other.call('POST', path, { short_code: 'mine-now' })).status).toBe(404)
    expect((await other.send(path)).status).toBe(404)
    for (let n = 1; n < 10; n += 1) {
      expect((await browser.call('POST', path, { short_code: `${own}-${n}` })).status).toBe(201)
    }
    const eleventh = await browser.call('POST', path, { short_code: `${own}-10` })
    expect([eleventh.status, eleventh.json()]).toMatchObject([
      409,
      { error: { code: 'too_many_codes' } },
    ])
  })
})
