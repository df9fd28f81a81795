import { request } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import {
  aDeletionFixture,
  type DeletionFixture,
  deleteAccount,
  destinationsOf,
  insertClicks,
} from './support/account-deletion.ts'
import { shorten } from './support/api.ts'
import {
  aBrowser,
  aSignedInBrowser,
  type Browser,
  formType,
  fromOurPage,
  textOf,
} from './support/browser.ts'
import { firefox, type TestApp } from './support/open-app.ts'
import { aToken } from './support/personal-tokens.ts'
import { anAccountWithAuthenticator, sendCode } from './support/second-factors.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000
const day = 24 * 60 * minute
const path = '/settings/export'
const files = ['everything', 'links', 'clicks'] as const

type File = (typeof files)[number]
type Row = Readonly<Record<string, unknown>>

interface FullExport {
  readonly exported_at: string
  readonly account: Row
  readonly sessions: readonly Row[]
  readonly second_factors: readonly Row[]
  readonly trusted_browsers: readonly Row[]
  readonly links: readonly Row[]
  readonly further_codes: readonly Row[]
  readonly link_edits: readonly Row[]
  readonly clicks: readonly Row[]
  readonly security_events: readonly Row[]
}

function download(browser: Browser, file: File): Promise<TestResponse> {
  return browser.submit(path, { file })
}

async function readFullExport(browser: Browser): Promise<FullExport> {
  const answer = await download(browser, 'everything')
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body)
}

async function clickOn(app: TestApp, code: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await app.send(`/${code}`)
  await app.flushClicks()
}

/** Values that would identify a user in another user's file. */
function tracesOf({ browser, account, code }: DeletionFixture): readonly string[] {
  const sessionId = browser.sessionCookie().split('.')[0] ?? ''
  return [account.id, account.email, sessionId, `/${code}"`, `"${code}"`]
}

const linesOf = ({ body }: TestResponse) => body.split('\r\n').slice(0, -1)

describe.each(databases)('data export on %s', (kind) => {
  it('reads for one file of a user at a time, however many are requested', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const { accountArchive } = app.persistence
    const running = { now: 0, most: 0 }
    const spy = vi.spyOn(accountArchive, 'links').mockImplementation(async () => {
      running.now += 1
      running.most = Math.max(running.most, running.now)
      // Other requests run meanwhile.
      await app.send('/health')
      running.now -= 1
      return []
    })
    const answers = await Promise.all(Array.from({ length: 5 }, () => download(browser, 'links')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect([spy.mock.calls.length, running.most]).toEqual([5, 1])
  })

  const opened = useApp(kind)

  it('contains second factors and trusted browsers without their secrets', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    await sendCode(browser, authenticator)
    const [factor] = await app.features.authenticators.list(account.id)
    const now = app.clock.now()
    const client = { ipAddress: '203.0.113.9', userAgent: 'Firefox' }
    const trusted = { id: 'trusted', userId: account.id, createdAt: now, lastUsedAt: now }
    const expiresAt = now + minute
    const trust = { ...trusted, ...client, expiresAt, tokenHash: 'hash-of-its-token' }
    const user = await app.persistence.users.find(account.id)
    expect(user && (await app.persistence.trustedBrowsers.add(trust, user))).toBe(true)

    const token = await aToken(app, account, { name: 'Backup', networks: '10.0.0.0/8' })
    const answer = await download(browser, 'everything')
    const used_at = new Date(now).toISOString()
    const { second_factors, trusted_browsers, access_tokens } = JSON.parse(answer.body)
    expect(second_factors).toEqual([
      {
        kind: 'authenticator',
        id: factor?.id,
        name: 'Phone',
        created_at: new Date(factor?.createdAt ?? 0).toISOString(),
        last_used_at: used_at,
      },
    ])
    expect(trusted_browsers).toEqual([
      {
        id: 'trusted',
        created_at: used_at,
        last_used_at: used_at,
        expires_at: new Date(expiresAt).toISOString(),
        ip_address: '203.0.113.9',
        user_agent: 'Firefox',
      },
    ])
    expect(access_tokens).toEqual([
      {
        id: token.id,
        name: 'Backup',
        scopes: 'links:read',
        networks: '10.0.0.0/8',
        created_at: used_at,
        expires_at: new Date(now + 90 * day).toISOString(),
        last_used_at: null,
        last_used_ip_address: null,
      },
    ])
    expect(answer.body).not.toMatch(/hash-of-its-token|encrypted|key_id|mjr_pat_/)
  })

  it('contains the further codes and the edits of links, and the preferences, of this user', async () => {
    const app = opened()
    const one = await aDeletionFixture(app)
    const other = await aDeletionFixture(app)
    for (const { browser, code } of [one, other]) {
      await browser.call('POST', `/api/urls/${code}/codes`, { short_code: `${code}.more` })
      await browser.call('PATCH', `/api/urls/${code}`, { title: 'Sale', tags: ['a', 'b'] })
      app.clock.advance(1)
      await browser.call('PATCH', `/api/urls/${code}`, { short_code: `${code}.new` })
    }
    const preferences = { time_zone: 'Asia/Tokyo', theme: 'dark', landing_page: 'create' }
    await one.browser.submit('/settings/preferences', { ...preferences, locale: '' })
    const own = await readFullExport(one.browser)
    expect(own.account).toMatchObject(preferences)
    const link_id = own.links.find(({ short_code }) => short_code === `${one.code}.new`)?.id
    expect(own.further_codes).toEqual([
      { link_id, short_code: one.code },
      { link_id, short_code: `${one.code}.more` },
    ])
    const edit = { link_id, time: expect.stringMatching(/^2026-01-15T/), by: 'page' }
    expect(own.link_edits).toEqual([
      { ...edit, field: 'title', before: '', after: 'Sale' },
      { ...edit, field: 'tags', before: '', after: 'a, b' },
      { ...edit, field: 'shortCode', before: one.code, after: `${one.code}.new` },
    ])
  })

  it('contains all data of the account in one JSON file', async () => {
    const app = opened()
    const { browser, account, code, otherCode } = await aDeletionFixture(app)
    await browser.submit(`/links/${otherCode}/delete`, {}, { on: '/dashboard' })
    const [destination = '', removed = ''] = destinationsOf(account)
    const preferences = {
      time_zone: 'Asia/Tokyo',
      locale: 'de-DE',
      theme: 'dark',
      landing_page: 'create',
    }
    await browser.submit('/settings/preferences', preferences)
    const now = new Date(app.clock.now()).toISOString()
    const {
      exported_at,
      account: signedInUser,
      sessions,
      links,
      clicks,
      security_events,
    } = await readFullExport(browser)

    expect(exported_at).toBe(now)
    expect(signedInUser).toEqual({
      email: account.email,
      email_verified_at: null,
      email_to_be: null,
      created_at: now,
      is_operator: false,
      password_set_at: now,
      recovery_codes_left: 0,
      ...preferences,
    })
    expect(sessions).toEqual([
      {
        id: browser.sessionCookie().split('.')[0],
        created_at: now,
        last_activity_at: now,
        authenticated_at: now,
        assurance_level: 1,
        methods: `pwd ${now}`,
        expires_at: expect.any(String),
        remembered: false,
        ip_address: '127.0.0.1',
        user_agent: expect.stringContaining('Firefox/140.0'),
      },
    ])
    const aLink = {
      id: expect.any(String),
      ...{ created_at: now, expires_at: null, removed_at: null, starts_at: null },
      ...{ fallback_url: null, click_limit: null, has_password: false, forward_query: false },
      ...{ title: '', note: '', tags: '', archived: false },
    }
    const to = (url: string) => ({ original_url: url, display_url: url })
    const here = (short: string) => ({ short_code: short, short_url: `${app.baseUrl}/${short}` })
    expect(
      links.toSorted((a, b) => String(a.short_code).localeCompare(String(b.short_code))),
    ).toEqual([
      { ...aLink, ...here(code), ...to(destination), click_count: 3 },
      { ...aLink, ...here(otherCode), ...to(removed), removed_at: now, click_count: 0 },
    ])
    const aClick = { short_code: code, time: now, referrer_host: null, country: null }
    const device = { agent: 'Firefox', city: null, system: 'Linux', device: 'Desktop' }
    expect(clicks).toEqual(Array(3).fill({ ...aClick, ...device, count: 1, is_bot: 0 }))
    expect(security_events).toMatchObject([
      { event: 'session-created', outcome: 'success', time: now },
    ])
    app.clock.advance(1)
    await readFullExport(browser)
    app.clock.advance(1)
    const again = await readFullExport(browser)
    expect(again.security_events.at(-1)).toMatchObject({
      event: 'data-exported',
      description: 'All data exported',
      session_id: browser.sessionCookie().split('.')[0],
    })
  })

  it('contains links and clicks as CSV rows whose cells spreadsheets treat as text (V1.2.10)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const shortCode = `-${kind}-sum`
    await shorten(browser, { original_url: 'https://dest.test/a,"b"', short_code: shortCode })
    const referrer: RawHeaders = [['Referer', 'https://blog.test/post']]
    await app.send(`/${shortCode}`, { headers: referrer })
    await app.flushClicks()
    const now = new Date(app.clock.now()).toISOString()

    const [titles, ...links] = linesOf(await download(browser, 'links'))
    expect(titles).toBe(
      'short_code,short_url,original_url,created_at,expires_at,starts_at,fallback_url,click_limit,' +
        'has_password,title,note,tags,forward_query,archived,display_url,removed_at,click_count',
    )
    expect(links).toEqual([
      `"'${shortCode}","${app.baseUrl}/${shortCode}","https://dest.test/a,%22b%22","${now}","","","","","false","","","","false","false","https://dest.test/a,%22b%22","","1"`,
    ])
    expect(linesOf(await download(browser, 'clicks'))).toEqual([
      'short_code,time,referrer_host,country,agent,count,city,system,device,is_bot',
      `"'${shortCode}","${now}","blog.test","","Firefox","1","","Linux","Desktop","0"`,
    ])
  })

  it('is served as a download', async () => {
    const browser = await aSignedInBrowser(opened())
    const type = { everything: 'application/json', links: 'text/csv; charset=utf-8' }
    for (const file of files) {
      const { status, headers } = await download(browser, file)
      const format = file === 'everything' ? 'json' : 'csv'
      expect([file, status, headers]).toMatchObject([
        file,
        200,
        {
          'content-type': file === 'everything' ? type.everything : type.links,
          'content-disposition': expect.stringMatching(
            new RegExp(`^attachment; filename="mjrwtf-${file}-\\d{4}-\\d\\d-\\d\\d\\.${format}"$`),
          ),
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'content-security-policy': expect.stringContaining('sandbox'),
        },
      ])
    }
  })

  it('contains nothing of other users, also with a forged user_id (V8.2.2)', async () => {
    const app = opened()
    const users = [
      await aDeletionFixture(app),
      await aDeletionFixture(app),
      await aDeletionFixture(app),
    ]
    // Each user's first link gets a different number of additional clicks.
    for (const [more, { code }] of users.entries()) await clickOn(app, code, more)
    for (const [more, one] of users.entries()) {
      const answers = await Promise.all(files.map((file) => download(one.browser, file)))
      const all = answers.map(({ body }) => body).join()
      const traces = users.filter((each) => each !== one).flatMap(tracesOf)
      expect(traces.filter((trace) => all.includes(trace))).toEqual([])
      const own: FullExport = JSON.parse(answers[0]?.body ?? '')
      const codes = own.links.map(({ short_code }) => short_code)
      expect(codes.toSorted()).toEqual([one.code, one.otherCode])
      expect(own.clicks).toHaveLength(3 + more)
      expect(tracesOf(one).filter((trace) => all.includes(trace))).not.toEqual([])
    }
    const [one, other] = users
    const user_id = other?.account.id ?? ''
    expect((await one?.browser.submit(path, { file: 'everything', user_id }))?.status).toBe(400)
  })

  it('reads no clicks of a link that belongs to another user (V8.2.2)', async () => {
    const app = opened()
    const [one, other] = [await aDeletionFixture(app), await aDeletionFixture(app)]
    const link = await app.persistence.links.resolve(other.code)
    const reading = { after: null, limit: 10 }
    const { clicks } = app.persistence.accountArchive
    const id = link?.id ?? ''
    expect(await clicks(id, { ...reading, userId: other.account.id })).toHaveLength(3)
    expect(await clicks(id, { ...reading, userId: one.account.id })).toEqual([])
  })

  it('contains no token, hash or password', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const { body } = await download(browser, 'everything')
    expect(body).not.toContain(browser.sessionCookie().split('.')[1])
    const [user] = await app.storage.query(
      `SELECT password_hash AS hash FROM users WHERE id = '${browser.account.id}'`,
    )
    expect(body).not.toContain(String(Object.values(user ?? {})[0]))
    expect(body).not.toMatch(/hash|secret|(?<!"access_)token|password(?!_set_at)/)
  })

  it('requires recent authentication and writes nothing (V7.5.3)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const csrf_token = await browser.csrfToken(path)
    app.clock.advance(15 * minute)
    await browser.open('/dashboard')
    await app.flushSecurityEvents()
    const before = await app.fingerprint()
    const stale = '/reauthenticate?next=%2Fsettings%2Fexport'
    const interrupted = `${stale}%3Finterrupted%3D1`
    expect((await browser.open(path)).location).toBe(stale)
    const headers: RawHeaders = [['Referer', `${app.baseUrl}${path}`]]
    for (const file of files) {
      const fields = { csrf_token, file }
      const answer = await browser.submit(path, fields, { on: '/dashboard', headers })
      expect([file, answer.status, answer.location]).toEqual([file, 303, interrupted])
      expect(answer.body).not.toContain(browser.account.email)
    }
    await app.flushSecurityEvents()
    expect(await app.fingerprint()).toBe(before)
    await browser.submit('/reauthenticate', { password: browser.account.password })
    expect((await download(browser, 'links')).status).toBe(200)
  })

  it('answers 400 for an unknown file and writes nothing', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const file of ['', 'users', '../everything', '__proto__']) {
      const answer = await browser.submit(path, { file })
      expect([file, answer.status]).toEqual([file, 400])
      expect(textOf(answer)).toContain('Choose one of the files on the page.')
    }
  })

  it('is limited to twenty an hour, then 429 with Retry-After', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const csrf_token = await browser.csrfToken(path)
    const requestFile = () => browser.submit(path, { csrf_token, file: 'links' }, { on: path })
    for (let n = 0; n < 20; n += 1) expect((await requestFile()).status).toBe(200)
    const answer = await requestFile()
    expect(answer.status).toBe(429)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect((await download(await aSignedInBrowser(app), 'links')).status).toBe(200)
  })
})

/** Requests a file without reading the response body. */
async function openDownload(app: TestApp, browser: Browser, file: File) {
  const csrf_token = await browser.csrfToken(path)
  const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const always = [
    ['Host', app.host],
    ['User-Agent', firefox],
    ['Cookie', cookies],
    ...formType,
    ...fromOurPage(app),
  ]
  const outgoing = request({
    host: '127.0.0.1',
    port: app.port,
    path,
    method: 'POST',
    agent: false,
    headers: always.flat(),
  })
  outgoing.end(new URLSearchParams({ csrf_token, file }).toString())
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>()
  outgoing.on('response', resolve).on('error', reject)
  const incoming = await promise
  incoming.pause()
  return incoming
}

describe.each(databases)('large exports on %s', (kind) => {
  const many = 100_000
  const reads = (app: TestApp) =>
    app.faults.calls.filter((call) => call === 'accountArchive.clicks').length

  it('are read page by page as the client receives them, and contain every click once', async () => {
    await using app = await anApp(kind)
    const { browser, code } = await aDeletionFixture(app)
    await insertClicks(app, code, many)
    const incoming = await openDownload(app, browser, 'everything')
    expect(incoming.statusCode).toBe(200)
    // Other requests are answered meanwhile, and the server does not read ahead of the client.
    for (let n = 0; n < 20; n += 1) expect((await app.send('/health')).status).toBe(200)
    expect(reads(app)).toBeLessThan(many / 1_000 / 2)

    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const own: FullExport = JSON.parse(Buffer.concat(chunks).toString())
    expect(own.clicks).toHaveLength(many + 3)
    expect(new Set(own.clicks.map(({ time }) => time)).size).toBe(many + 1)
    expect(reads(app)).toBe(many / 1_000 + 1)
  })

  it('abort if the database fails midway, so that a partial file is not taken for complete', async () => {
    await using app = await anApp(kind)
    const { browser, code } = await aDeletionFixture(app)
    await insertClicks(app, code, 20_000)
    for (const file of ['everything', 'clicks'] as const) {
      app.faults.fail('accountArchive.clicks', () => new RepositoryError('planted'))
      await expect(download(browser, file)).rejects.toThrow()
      app.faults.restore()
    }
    expect(app.log().filter(({ msg }) => msg === 'download aborted')).toHaveLength(2)
    expect((await download(browser, 'clicks')).status).toBe(200)
  })

  it('abort when the account is deleted or the client disconnects', async () => {
    await using app = await anApp(kind)
    const { browser, account, code } = await aDeletionFixture(app)
    await insertClicks(app, code, 50_000)
    const deletion = await openDownload(app, browser, 'clicks')
    deletion.destroy()
    await expect.poll(() => app.log().some(({ msg }) => msg === 'request')).toBe(true)
    const read = reads(app)
    expect(read).toBeLessThan(50)

    const pending = await openDownload(app, browser, 'clicks')
    await deleteAccount(browser, account)
    const all = async () => {
      for await (const _ of pending);
    }
    await expect(all()).rejects.toThrow()
  })
})

describe.each(databases)('export page on %s', (kind) => {
  it('lists the files with the number of links and clicks', async () => {
    await using app = await anApp(kind)
    const { browser } = await aDeletionFixture(app)
    const answer = await browser.open(path)
    expect(answer.status).toBe(200)
    expect(textOf(answer)).toContain('2 links and 3 clicks, plus')
    expect(answer.body.match(/<form method="post" action="\/settings\/export">/g)).toHaveLength(3)
    expect((await aBrowser(app).open(path)).location).toMatch(/^\/login/)
  })
})
