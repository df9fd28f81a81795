import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { administer } from '../../../tools/testing/test-database.ts'
import {
  aBrowser,
  aSignedInBrowser,
  type Browser,
  type SignedInBrowser,
} from './support/browser.ts'
import type { Account, TestApp } from './support/open-app.ts'
import type { TestResponse } from './support/send.ts'
import { gatewayToken, type SmsGateway, startSmsGateway } from './support/sms-gateway.ts'
import { useApp } from './support/use-app.ts'

/** Every new connection is read-only, as that to a replica is, and the app gets new ones. */
async function setReadOnly({ storage }: TestApp, isReadOnly: boolean): Promise<void> {
  const name = new URL(storage.url).pathname.slice(1)
  await administer(inject('postgresUrl'), async (client) => {
    await client.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = ${isReadOnly}`)
    await client.query(
      `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
       WHERE datname = $1 AND application_name LIKE 'mjrwtf%'`,
      [name],
    )
  })
}

/** Routes of pages without a parameter. */
function pagesOf({ routes }: TestApp): readonly string[] {
  const paths = routes.flatMap((route) => /^GET (\/[^:*]*)$/.exec(route)?.slice(1) ?? [])
  return paths.filter((path) => path !== '/session/events')
}

type Form = (path: string, fields?: Readonly<Record<string, string>>) => Promise<TestResponse>

/** Sends a form that was opened before the database became read-only. */
async function formOf(browser: SignedInBrowser): Promise<Form> {
  const csrf_token = await browser.csrfToken('/create')
  return (path, fields = {}) =>
    browser.send(path, {
      method: 'POST',
      headers: [
        ['Content-Type', 'application/x-www-form-urlencoded'],
        ['Sec-Fetch-Site', 'same-origin'],
      ],
      body: new URLSearchParams({ ...fields, csrf_token }).toString(),
    })
}

/** Values for the empty fields of forms, by name. */
const filled: Readonly<Record<string, string>> = {
  ...{ email: 'new@users.test', name: 'Name', label: 'Label', number: '+447700900001' },
  ...{
    original_url: 'https://other.test/',
    short_code: 'other',
    code: '123456',
    user_code: 'BCDF',
  },
  ...{ domain: 'blocked.test', reason: 'phishing', host: 'go.other.test' },
  ...{ new_password: 'a swallow follows the ferry', redirect_uris: 'https://client.test/' },
}

/** Forms that read, show the next step, or lack what only a browser or a device has: a file, a selection of links. */
const withoutEffect: ReadonlySet<string> = new Set([
  ...['/settings/export', '/settings/authenticators', '/settings/passkeys/add'],
  ...['/settings/tokens/new', '/oauth/device', '/links/import', '/dashboard/change'],
])

interface OpenForm {
  readonly browser: Browser
  readonly action: string
  readonly fields: URLSearchParams
}

/** The forms of all pages without a parameter, filled out. */
async function openForms(paths: readonly string[], browser: Browser, account: Account) {
  const forms = new Map<string, OpenForm>()
  for (const path of paths) {
    const { body } = await browser.send(path)
    for (const [form, action = ''] of body.matchAll(/<form[^>]* action="([^"]+)".*?<\/form>/gs)) {
      if (!/^<form[^>]* method="post"/.test(form)) continue
      forms.set(action, { browser, action, fields: fieldsOf(form, account) })
    }
  }
  return [...forms.values()]
}

function fieldsOf(form: string, { email, password }: Account): URLSearchParams {
  const fields = new URLSearchParams()
  for (const [tag] of form.matchAll(/<(?:input|textarea|select|button)[^>]*>/g)) {
    const name = /\bname="([^"]+)"/.exec(tag)?.[1] ?? ''
    const value = /\bvalue="([^"]*)"/.exec(tag)?.[1] ?? ''
    const isChoice = /type="(?:radio|checkbox)"/.test(tag)
    if (name === '' || (isChoice && fields.has(name))) continue
    const example = filled[name] ?? (/password/.test(name) ? password : '')
    fields.append(name, value === '' ? example : value)
  }
  // To confirm the deletion of the own account.
  if (form.includes('"/settings/delete"')) fields.set('email', email)
  return fields
}

let gateway: SmsGateway
beforeAll(async () => {
  gateway = await startSmsGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** The port of the gateway is known only when the tests run. */
const env = {
  get SMS_GATEWAY_URL() {
    return gateway.url
  },
  SMS_GATEWAY_TOKEN: gatewayToken,
}

describe('a database that can only be read (V16.5.2, V16.5.3)', () => {
  const opened = useApp('postgres', { env })
  let browser: SignedInBrowser
  let forms: readonly OpenForm[]
  let post: Form

  beforeAll(async () => {
    browser = await aSignedInBrowser(opened())
    const link = { original_url: 'https://dest.test/', short_code: 'abc' }
    await browser.call('POST', '/api/urls', link)
    await browser.open('/dashboard')
    post = await formOf(browser)
    const paths = [...pagesOf(opened()), '/links/abc', '/links/abc/edit', '/links/abc/delete']
    forms = [
      ...(await openForms(paths, browser, browser.account)),
      ...(await openForms(paths, aBrowser(opened()), browser.account)),
    ]
    await setReadOnly(opened(), true)
  })

  afterAll(() => setReadOnly(opened(), false))

  it('redirects, shows pages, serves the API and keeps sessions', async () => {
    const app = opened()
    expect((await app.send('/abc')).status).toBe(302)
    expect((await app.send('/unknown')).status).toBe(404)
    expect((await app.send('/ready')).status).toBe(200)
    for (const path of ['/dashboard', '/links/abc', '/settings/security-log', '/api/urls']) {
      expect([path, (await browser.send(path)).status]).toEqual([path, 200])
    }
    expect((await aBrowser(app).open('/login')).status).toBe(200)
  })

  it('answers no page without a parameter with 503, for visitors and for users', async () => {
    const app = opened()
    const paths = pagesOf(app)
    expect(paths.length).toBeGreaterThan(40)
    const failing: string[] = []
    for (const path of paths) {
      const answers = [await browser.send(path), await app.send(path)]
      if (answers.some(({ status }) => status >= 500)) failing.push(path)
    }
    expect(failing).toEqual([])
  })

  it.each<readonly [string, (app: TestApp) => Promise<TestResponse>]>([
    ['a new link', () => post('/create', { original_url: 'https://other.test/' })],
    ['an edit', () => post('/links/abc/edit', { original_url: 'https://other.test/' })],
    ['a sign-out', () => post('/logout')],
    ['a sign-in', (app) => aBrowser(app).signIn(browser.account)],
    ['a setting', () => post('/settings/email', { email: 'new@users.test' })],
  ])('answers %s with 503 that says that nothing was saved', async (_, send) => {
    const answer = await send(opened())
    expect([answer.status, answer.headers['retry-after'], answer.setCookies]).toEqual([
      503,
      '60',
      [],
    ])
    expect(answer.body).toContain('Nothing was changed')
    expect((await browser.send('/api/session')).status).toBe(200)
  })

  it('refuses each form of every page, and sends no email and no SMS', async () => {
    const app = opened()
    const emails = await app.sendRequestedEmails()
    expect(forms.length).toBeGreaterThan(20)
    const unexpected: string[] = []
    for (const { browser: owner, action, fields } of forms) {
      const answer = await owner.send(action, {
        method: 'POST',
        headers: [
          ['Content-Type', 'application/x-www-form-urlencoded'],
          ['Sec-Fetch-Site', 'same-origin'],
        ],
        body: fields.toString(),
      })
      const isRefused = answer.status === 503 && answer.body.includes('Nothing was changed')
      if (!isRefused && !withoutEffect.has(action))
        unexpected.push(`${action}: ${answer.status} ${answer.location}`)
    }
    expect(unexpected).toEqual([])
    expect(await app.sendRequestedEmails()).toEqual(emails)
    expect(gateway.requests).toEqual([])
    expect((await browser.send('/api/session')).status).toBe(200)
  })

  it('names the reason in the API', async () => {
    const answer = await browser.call('POST', '/api/urls', { original_url: 'https://dest.test/' })
    expect([answer.status, answer.json()]).toMatchObject([503, { error: { code: 'read_only' } }])
  })

  it('says on each page that changes cannot be saved, and logs it once', async () => {
    const app = opened()
    await post('/create', { original_url: 'https://other.test/' })
    for (const open of [() => browser.open('/dashboard'), () => aBrowser(app).open('/login')]) {
      expect((await open()).body).toContain('Changes cannot be saved at the moment')
    }
    const lines = app.log().filter(({ msg }) => String(msg).includes('can only be read'))
    expect(lines).toHaveLength(1)
  })

  it('counts the clicks that were made meanwhile, and saves changes, once it can be written', async () => {
    const app = opened()
    onTestFinished(() => setReadOnly(app, true))
    await app.send('/abc')
    await expect(app.flushClicks()).rejects.toMatchObject({ code: 'database-read-only' })
    await setReadOnly(app, false)
    await app.flushClicks()
    const [row] = await app.storage.query(`SELECT click_count FROM links WHERE short_code = 'abc'`)
    expect(row).toEqual({ click_count: expect.toSatisfy((count) => Number(count) >= 1) })
    expect((await post('/links/abc/edit', { original_url: 'https://new.test/' })).status).toBe(303)
  })
})
