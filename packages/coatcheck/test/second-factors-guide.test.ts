import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HonoCoatcheck } from 'coatcheck/hono'
import { type FakeClock, signInForTest } from 'coatcheck/testing'
import type { Hono } from 'hono'
import { expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url).pathname
const guide = readFileSync(join(root, 'docs/guides/second-factors.md'), 'utf8')

/** What the guide declares, and leaves to the app. */
const definitions = `
import { coatcheck } from 'coatcheck/hono'
import { memory } from 'coatcheck/memory'
import { createFakeClock } from 'coatcheck/testing'
export const clock = createFakeClock(Date.now())
export const auth = coatcheck<object>({
  store: memory(),
  clock,
  baseUrl: 'http://localhost:3000',
  keys: ['a key of a test, of thirty-two bytes'],
})
async function checkPassword(form: FormData) {
  const id = String(form.get('user'))
  return form.get('password') === 'open sesame' ? { id, hasSecondFactor: id === 'ada' } : null
}
async function isPassword(userId: string, password: unknown) {
  return userId === 'ada' && password === 'open sesame'
}
async function checkCode(userId: string, code: unknown) {
  return userId === 'ada' && code === '123456'
}
export async function levelOf(request: Request) {
  return (await auth.web.open(request, null).session())?.assuranceLevel ?? null
}
`

const signInPage = `
app.get('/login', (c) => c.html(html\`<form method="post">${'$'}{c.var.csrfField()}</form>\`))
`

interface Guide {
  readonly app: Pick<Hono, 'request'>
  readonly auth: HonoCoatcheck<object>
  readonly clock: FakeClock
  levelOf(request: Request): Promise<number | null>
}

/** Runs one block of the guide. */
async function openGuide(block: number): Promise<Guide> {
  const code = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)][block]?.[1] ?? ''
  const withoutDeclarations = code
    .replace(/^declare const .*\n/gm, '')
    .replace(/^declare function [\s\S]*?Promise<[^\n]*(?:\n(?!\n|\/\*\*)[^\n]*)*\n/gm, '')
  const folder = join(root, 'dist/readme')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `second-factors-${block}.ts`)
  writeFileSync(file, `${definitions}${withoutDeclarations}${signInPage}`)
  return import(file)
}

const opened = await openGuide(0)

/** A browser: sends its cookies, follows no redirect. */
function openBrowser() {
  const origin = 'http://localhost:3000'
  const cookies = new Map<string, string>()
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

  async function send(path: string, init: RequestInit = {}) {
    const headers = { ...init.headers, Cookie: cookie(), Origin: origin }
    const response = await opened.app.request(`${origin}${path}`, { ...init, headers })
    for (const each of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(each) ?? []
      if (/Max-Age=0/.test(each)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    return { status: response.status, location, body: await response.text() }
  }

  return {
    cookies,
    send,
    level: () => opened.levelOf(new Request(origin, { headers: { Cookie: cookie() } })),
    async post(path: string, fields: Readonly<Record<string, string>> = {}) {
      const { body } = await send('/login')
      const [, token = ''] = /name="csrf_token" value="([^"]+)"/.exec(body) ?? []
      return send(path, {
        method: 'POST',
        body: new URLSearchParams({ ...fields, csrf_token: token }),
      })
    },
  }
}

const ada = { user: 'ada', password: 'open sesame' }

it('the guide on second factors signs in with a password and a code', async () => {
  const browser = openBrowser()
  const first = await browser.post('/login?next=/links', ada)
  expect([first.status, first.location]).toEqual([303, '/login/second-factor'])
  expect(await browser.level()).toBeNull()

  const wrong = await browser.post('/login/second-factor', { code: '000000' })
  expect([wrong.status, wrong.body]).toEqual([401, 'Wrong code. 4 attempts left.'])
  const correct = await browser.post('/login/second-factor', { code: '123456' })
  expect([correct.status, correct.location]).toEqual([303, '/links'])
  expect(await browser.level()).toBe(2)
  expect([...browser.cookies.keys()]).toContain('session-dev')
  expect([...browser.cookies.keys()]).not.toContain('session-pending-dev')
})

it('the guide on second factors signs in a user without one in one step', async () => {
  const browser = openBrowser()
  const { location } = await browser.post('/login', { ...ada, user: 'grace' })
  expect(location).toBe('/')
  expect(await browser.level()).toBe(1)
})

it('the guide on second factors starts again after five wrong codes, or a cancel', async () => {
  const browser = openBrowser()
  expect((await browser.post('/login/second-factor', { code: '123456' })).location).toBe(
    '/login?reason=no-token',
  )
  await browser.post('/login', ada)
  for (let attempt = 0; attempt < 5; attempt += 1) {
    expect((await browser.post('/login/second-factor', { code: '000000' })).status).toBe(401)
  }
  const { location } = await browser.post('/login/second-factor', { code: '123456' })
  expect(location).toBe('/login?reason=too-many-attempts')

  await browser.post('/login', ada)
  expect((await browser.post('/login/cancel')).location).toBe('/login')
  expect((await browser.send('/login/second-factor')).location).toBe('/login?reason=no-token')
  expect(await browser.level()).toBeNull()
})

it('the guide on second factors leads a user on who confirms both factors, and no other', async () => {
  const { app, auth, clock } = await openGuide(1)
  const { headers, csrfToken } = await signInForTest(auth, { userId: 'ada', methods: ['pwd'] })
  const { cookie, origin } = headers
  let current = cookie
  const send = async (path: string, init: RequestInit = {}) =>
    app.request(`${origin}${path}`, { ...init, headers: { ...headers, cookie: current } })
  const confirm = async (fields: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams({ ...fields, csrf_token: csrfToken })
    const response = await send('/reauthenticate?level=2&next=/reports', { method: 'POST', body })
    current = response.headers.getSetCookie()[0]?.split(';')[0] ?? current
    return response.status
  }
  const pay = async () => (await send('/api/payouts', { method: 'POST' })).status
  const password = 'open sesame'

  const refused = await send('/reports')
  expect(refused.headers.get('location')).toBe('/reauthenticate?level=2&next=%2Freports')
  expect(await confirm({ password, code: '000000' })).toBe(401)
  expect(await confirm({ password: 'wrong', code: '123456' })).toBe(401)
  expect((await send('/reports')).status).toBe(303)
  expect(await confirm({ password, code: '123456' })).toBe(303)
  expect([(await send('/reports')).status, await pay()]).toEqual([200, 200])

  clock.advance(16 * 60_000)
  expect([(await send('/reports')).status, await pay()]).toEqual([200, 403])
  expect(await confirm({ password, code: '123456' })).toBe(303)
  expect(await pay()).toBe(200)
})
