import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { startOtherSite } from '../../../../tools/testing/browser/other-site.ts'
import { type BrowserApp, startBrowserApp } from '../support/browser-app.ts'

let browser: Browser
beforeAll(async () => {
  browser = await connectToBrowser()
})
afterAll(() => browser.close())

/** Opens a page in a new profile, and signs in at the app. */
async function openSignedIn({ origin }: BrowserApp): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${origin}/form`)
  await page.evaluate(async () => {
    const token = await (await fetch('/api/token')).text()
    await fetch('/api/sign-in', { method: 'POST', headers: { 'X-CSRF-Token': token } })
  })
  return page
}

/** Pages of an attacker. Each sends one request to `/change`, or more, as soon as it is opened. */
function attacks(origin: string): Readonly<Record<string, string>> {
  const form = (type: string, extra = '') =>
    `<!doctype html>${extra}<form method="post" action="${origin}/change" enctype="${type}">
      <input name="csrf_token" value="x"></form><script>document.forms[0].submit()</script>`
  const script = (code: string) => `<!doctype html><script>${code}</script>`
  const inFrame = (page: string, sandbox: string) =>
    `<!doctype html><iframe sandbox="${sandbox}" srcdoc='${page.replaceAll("'", '&#39;')}'></iframe>`
  const hidesOrigin = '<meta name="referrer" content="no-referrer">'
  return {
    '/form': form('application/x-www-form-urlencoded'),
    '/multipart': form('multipart/form-data'),
    '/text': form('text/plain'),
    '/no-referrer': form('application/x-www-form-urlencoded', hidesOrigin),
    '/no-cors': script(
      `fetch('${origin}/change', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'a' })`,
    ),
    '/beacon': script(`navigator.sendBeacon('${origin}/change', 'a')`),
    '/simple': script(
      `fetch('${origin}/change', { method: 'POST', credentials: 'include', body: 'a' })`,
    ),
    '/sandboxed-form': inFrame(form('text/plain'), 'allow-scripts allow-forms'),
    '/sandboxed-fetch': inFrame(
      script(
        `fetch("${origin}/change", { method: "POST", mode: "no-cors", credentials: "include" })`,
      ),
      'allow-scripts',
    ),
  }
}

describe.each(['token', 'origin'] as const)('CSRF protection by %s in a browser', (csrf) => {
  it.each(['evil.test', 'localhost'])(
    'refuses every request that a page at %s sends',
    async (host) => {
      await using app = await startBrowserApp({ csrf })
      const pages = attacks(app.origin)
      await using attacker = await startOtherSite(pages)
      const page = await openSignedIn(app)
      const before = app.attempts.length
      const changesBefore = [...app.changes]
      for (const path of Object.keys(pages)) {
        const count = app.attempts.length
        const tab = await page.context().newPage()
        await tab.goto(attacker.urlOf(host, path), { waitUntil: 'commit' })
        await expect.poll(() => [path, app.attempts.length]).toEqual([path, count + 1])
      }
      expect(new Set(app.attempts.slice(before))).toEqual(new Set(['POST /change 403']))
      expect(app.changes).toEqual(changesBefore)
      await page.context().close()
    },
  )

  it('refuses a sandboxed copy of one of our pages', async () => {
    await using app = await startBrowserApp({ csrf })
    const page = await openSignedIn(app)
    await page.goto(`${app.origin}/form`)
    // The frame sends the token of the page it copies.
    await page.evaluate(`
      const frame = document.createElement('iframe')
      frame.setAttribute('sandbox', 'allow-scripts allow-forms')
      frame.srcdoc = document.documentElement.outerHTML +
        '<script>document.forms[0].submit()</' + 'script>'
      document.body.append(frame)`)
    await expect.poll(() => app.attempts.at(-1)).toBe('POST /change 403')
    await page.context().close()
  })

  it('accepts our own forms, also if a proxy adds Referrer-Policy: no-referrer', async () => {
    await using app = await startBrowserApp({ csrf })
    const page = await openSignedIn(app)
    for (const path of ['/form', '/form?no-referrer']) {
      await page.goto(app.origin + path)
      const [request] = await Promise.all([
        page.waitForRequest(`${app.origin}/change`),
        page.getByRole('button', { name: 'Change' }).click(),
      ])
      const { origin, 'sec-fetch-site': site } = await request.allHeaders()
      expect([origin, site]).toEqual([path === '/form' ? app.origin : 'null', 'same-origin'])
      await page.getByText('changed /change').waitFor()
    }
    await page.context().close()
  })
})

/** Calls the API as the script of a page on another origin does. */
function callFrom(page: Page, api: string) {
  return (method: string, path: string, token = '') =>
    page.evaluate(
      async ([url, init]) => {
        try {
          const response = await fetch(url, { credentials: 'include', ...init })
          return `${response.status} ${(await response.text()).slice(0, 100)}`
        } catch (error) {
          return String(error)
        }
      },
      [
        api + path,
        {
          method,
          headers:
            token === '' ? {} : { 'X-CSRF-Token': token, 'Content-Type': 'application/json' },
          ...(method === 'GET' ? {} : { body: '{}' }),
        },
      ] as const,
    )
}

describe('trusted origin in a browser', () => {
  it('signs in, calls the API with the token, and reads refusals', async () => {
    await using spa = await startOtherSite({ '/': '<!doctype html><title>App</title>' })
    const trustedOrigins = [new URL(spa.urlOf('localhost', '/')).origin]
    await using app = await startBrowserApp({ trustedOrigins })
    const page = await (await browser.newContext()).newPage()
    await page.goto(spa.urlOf('localhost', '/'))
    const call = callFrom(page, app.origin)

    expect(await call('GET', '/api/me')).toMatch(/^401 .*sign_in_required/)
    const anonymous = (await call('GET', '/api/token')).slice('200 '.length)
    expect(await call('POST', '/api/sign-in')).toMatch(/^403 .*csrf_refused/)
    expect(await call('POST', '/api/sign-in', anonymous)).toBe('200 changed /api/sign-in')
    expect(await call('GET', '/api/me')).toBe('200 ada')
    const token = (await call('GET', '/api/token')).slice('200 '.length)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await call(method, '/api/change', token)).toBe('200 changed /api/change')
      expect(await call(method, '/api/change', anonymous)).toMatch(/^403 .*csrf_refused/)
    }
    // Pages stay closed.
    expect(await call('POST', '/change', token)).toBe('TypeError: Failed to fetch')
    expect(await call('GET', '/form')).toBe('TypeError: Failed to fetch')
    await page.context().close()
  })

  it('is no other port and no other host', async () => {
    await using spa = await startOtherSite()
    await using other = await startOtherSite({ '/': '<!doctype html><title>Other</title>' })
    const trustedOrigins = [new URL(spa.urlOf('localhost', '/')).origin]
    await using app = await startBrowserApp({ trustedOrigins })
    const page = await openSignedIn(app)
    const before = [...app.changes]
    for (const url of [other.urlOf('localhost', '/'), spa.urlOf('127.0.0.1', '/')]) {
      await page.goto(url)
      const call = callFrom(page, app.origin)
      expect(await call('GET', '/api/me')).toBe('TypeError: Failed to fetch')
      expect(await call('POST', '/api/change', 'x')).toBe('TypeError: Failed to fetch')
      expect(await call('POST', '/api/change')).toBe('TypeError: Failed to fetch')
    }
    expect(app.changes).toEqual(before)
    await page.context().close()
  })
})
