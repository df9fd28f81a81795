import { describe, expect, it } from 'vitest'
import { second } from '../src/domain/time.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { openedLink } from './support/emails.ts'
import type { TestApp } from './support/open-app.ts'
import { aToken } from './support/personal-tokens.ts'
import { runCommand } from './support/run-command.ts'
import { enrollAuthenticator } from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const password = 'violet harbour tram 1234'

/** Runs `mjrwtf` with the use cases of the app, as the program does with those of its database. */
function run(app: TestApp, args: string, typed: string | null = null) {
  return runCommand(args.split(' '), {
    withFeatures: (work) => work({ ...app.features, recount: app.persistence.recount }),
    baseUrl: () => app.baseUrl,
    confirm: async () => typed,
  })
}

async function json(app: TestApp, args: string) {
  const { stdout, stderr } = await run(app, `${args} --json`)
  if (stderr !== '') throw new Error(stderr)
  return JSON.parse(stdout)
}

/** The link that a command has printed, which is a secret. */
function linkIn(app: TestApp, stdout: string): string {
  const [, path = '', token = ''] = /(\/reset\?token=([\w-]+))/.exec(stdout) ?? []
  app.leakDetector.addSecret(token, 'code')
  return path
}

const statusOf = async (app: TestApp, path: string) => (await app.send(path)).status

describe.each(databases)('commands of the operator on %s', (kind) => {
  const opened = useApp(kind, { env: { REQUIRE_SECOND_FACTOR: 'administrators' } })

  async function open() {
    const app = opened()
    await app.account()
    const browser = await aSignedInBrowser(app, await app.account())
    app.clock.advance(second)
    return { app, browser, email: browser.account.email }
  }

  it('user suspend and restore: say what happened, and what to type next', async () => {
    const { app, email } = await open()
    expect(await run(app, `user suspend ${email} --reason abuse`)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Suspended: .* Sessions that ended: 1\. .*link take-down/),
    })
    const { users } = await json(app, 'user list')
    expect(users).toContainEqual(
      expect.objectContaining({ email, suspension_reason: 'abuse', sessions: 0 }),
    )
    expect((await json(app, 'user list --limit 1')).users).toHaveLength(1)
    expect((await run(app, 'user list')).stdout).toContain('suspended (abuse)')
    expect((await run(app, `user suspend ${email} --reason abuse`)).stdout).toContain('already')
    app.clock.advance(second)
    expect((await run(app, `user restore ${email}`)).stdout).toContain('Restored')
    expect((await run(app, `user restore ${email}`)).stdout).toContain('not suspended')
    expect(await run(app, `user suspend ${email}`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--reason'),
    })
    expect(await run(app, `user suspend ${email} --reason x`)).toMatchObject({ exitCode: 2 })
  })

  it.each([
    'user suspend nobody@users.test --reason other',
    'user restore nobody@users.test',
    'user promote nobody@users.test',
    'user reset-link nobody@users.test',
    'user delete nobody@users.test --yes',
    'session list nobody@users.test',
    'session end nobody@users.test --all',
    'token list nobody@users.test',
    'token revoke nobody@users.test --all',
    'link take-down nolink --reason spam',
    'link restore nolink',
  ])('%s: one line and exit code 1', async (args) => {
    const { app } = await open()
    expect(await run(app, args)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^No (account|link) has the .*\. Nothing was changed\.\n$/),
    })
  })

  it('user create: prints a link that sets the first password, once, without SIGNUP', async () => {
    const { app } = await open()
    const email = `created-${kind}@users.test`
    const { stdout } = await run(app, `user create ${email}`)
    const path = linkIn(app, stdout)
    const page = await openedLink(app, path)
    expect((await page.submit('/reset', { password })).status).toBe(303)
    app.clock.advance(second)
    await aSignedInBrowser(app, { ...(await app.account()), email, password })
    expect((await aBrowser(app).open(path)).status).not.toBe(200)
    // The link does not show who reads the mailbox.
    const rows = await app.storage.query(
      `SELECT email_verified_at FROM users WHERE email = '${email}'`,
    )
    expect(rows).toEqual([{ email_verified_at: null }])
    expect(await run(app, `user create ${email}`)).toMatchObject({ exitCode: 1 })
    expect(await run(app, 'user create no-email')).toMatchObject({ exitCode: 2 })
  })

  it('user reset-link: replaces the password and keeps the second factors', async () => {
    const { app, browser, email } = await open()
    await enrollAuthenticator(app, browser.account)
    app.clock.advance(second)
    const { stdout } = await run(app, `user reset-link ${email}`)
    expect(stdout).toContain('keeps its second factors (1)')
    expect(app.emails().at(-1)?.email).toMatchObject({ action: 'reset-link-created' })
    const page = await openedLink(app, linkIn(app, stdout))
    await page.submit('/reset', { password })
    app.clock.advance(second)
    const answer = await aBrowser(app).signIn({ email, password })
    expect(answer.location).toBe('/login/second-factor')
    await run(app, `user suspend ${email} --reason other`)
    const refused = await run(app, `user reset-link ${email}`)
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('suspended')])
  })

  it('user delete: needs the email or --yes, and deletes a suspended account too', async () => {
    const { app, browser, email } = await open()
    const fields = { original_url: 'https://dest.test', short_code: `sale-${kind}` }
    await browser.call('POST', '/api/urls', fields)
    expect(await run(app, `user delete ${email}`)).toMatchObject({ exitCode: 2 })
    expect(await run(app, `user delete ${email}`, 'no')).toMatchObject({ exitCode: 1 })
    expect(await statusOf(app, `/sale-${kind}`)).toBe(302)
    await run(app, `user suspend ${email} --reason other`)
    expect(await run(app, `user delete ${email}`, ` ${email.toUpperCase()} `)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Deleted: /),
    })
    expect(await statusOf(app, `/sale-${kind}`)).toBe(410)
    const operator = (await app.persistence.users.findOperator())?.email
    expect(await run(app, `user delete ${operator} --yes`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('user demote'),
    })
  })

  it('session list and end: one by its id, or all', async () => {
    const { app, browser, email } = await open()
    const other = await aSignedInBrowser(app, browser.account)
    const { sessions } = await json(app, `session list ${email}`)
    expect(sessions).toHaveLength(2)
    const [id] = other.sessionCookie().split('.')
    expect((await run(app, `session end ${email} ${id}`)).stdout).toContain('ended: 1.')
    expect((await other.send('/api/session')).status).toBe(401)
    expect((await browser.send('/api/session')).status).toBe(200)
    expect(await run(app, `session end ${email} ${id}`)).toMatchObject({ exitCode: 1 })
    expect(await run(app, `session end ${email}`)).toMatchObject({ exitCode: 2 })
    expect(await run(app, `session end ${email} ${id} --all`)).toMatchObject({ exitCode: 2 })
    expect((await run(app, `session end ${email} --all`)).stdout).toContain('ended: 1.')
    expect((await run(app, `session list ${email}`)).stdout).toContain('no active session')
  })

  it('token list and revoke: with names, without any part of a token', async () => {
    const { app, browser, email } = await open()
    const [one, two] = [await aToken(app, browser.account), await aToken(app, browser.account)]
    const listed = await run(app, `token list ${email}`)
    expect(listed.stdout).toContain(one.id)
    expect(listed.stdout).not.toContain(one.token)
    expect((await run(app, `token revoke ${email} ${one.id}`)).stdout).toContain('revoked: 1.')
    const statuses = [one, two].map(({ headers }) => app.send('/api/urls', { headers }))
    expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([401, 200])
    expect(await json(app, `token revoke ${email} --all`)).toEqual({ email, revoked: ['CI'] })
    await app.flushSecurityEvents()
    const log = textOf(await browser.open('/settings/security-log'))
    expect(log).toContain('Access token “CI” revoked by the operator')
  })

  it('link take-down: answers 410 with the reason, and its owner cannot change it', async () => {
    const { app, browser } = await open()
    const code = `phish-${kind}`
    const fields = { original_url: 'https://Evil.test/100%25_x', short_code: code }
    await browser.call('POST', '/api/urls', fields)
    await browser.submit(`/links/${code}/codes`, { short_code: `other-${code}` })
    const { links } = await json(app, 'link find evil.TEST/100%25_')
    expect(links).toMatchObject([{ short_code: code, taken_down_at: null }])
    expect((await json(app, 'link find evil.test/100_25')).links).toEqual([])
    expect((await json(app, `link find ${app.baseUrl}/${code}+`)).links).toHaveLength(1)
    await run(app, `link take-down ${app.baseUrl}/${code} --reason phishing`)
    for (const path of [`/${code}`, `/${code}+`, `/other-${code}`]) {
      const answer = await app.send(path, { headers: [['Accept', 'text/html']] })
      expect([answer.status, answer.headers.location]).toEqual([410, undefined])
      expect(textOf(answer)).toContain('took it down because of phishing')
      expect(answer.body).not.toContain('evil')
    }
    const edit = { original_url: 'https://dest.test/back' }
    const changed = await browser.call('PATCH', `/api/urls/${code}`, edit)
    expect([changed.status, changed.json()]).toMatchObject([
      409,
      { error: { code: 'link_taken_down' } },
    ])
    expect((await browser.open(`/links/${code}/edit`)).status).toBe(409)
    for (const page of ['/dashboard', `/links/${code}`]) {
      expect(textOf(await browser.open(page))).toContain('because of phishing')
    }
    const again = await run(app, `link take-down ${code} --reason spam`)
    expect(again.stdout).toContain('already')
    // Visitors report the code that they received.
    const restored = await run(app, `link restore OTHER-${code}`)
    expect(restored.stdout).toContain('Restored')
    expect(await statusOf(app, `/${code}`)).toBe(302)
    await app.flushSecurityEvents()
    const log = textOf(await browser.open('/settings/security-log'))
    expect(log).toContain(`An administrator took down a link: ${code} phishing`)
  })

  it('link take-down: decides against an edit of the same moment', async () => {
    const { app, browser } = await open()
    const code = `race-${kind}`
    const fields = { original_url: 'https://dest.test/bad', short_code: code }
    await browser.call('POST', '/api/urls', fields)
    const blocked = app.faults.block('links.edit')
    const edit = browser.call('PATCH', `/api/urls/${code}`, { original_url: 'https://dest.test' })
    await blocked.reached
    await run(app, `link take-down ${code} --reason malware`)
    blocked.release()
    expect((await edit).status).toBe(409)
    expect(await statusOf(app, `/${code}`)).toBe(410)
  })
})

describe.each(databases)('user promote on %s', (kind) => {
  it('shares the role with an account that has a strong factor, which signs in again', async () => {
    await using app = await anApp(kind, { env: { REQUIRE_SECOND_FACTOR: 'administrators' } })
    const former = await aSignedInBrowser(app)
    const next = await aSignedInBrowser(app)
    const { email } = next.account
    app.clock.advance(second)
    expect(await run(app, `user promote ${former.account.email}`)).toMatchObject({ exitCode: 1 })
    await app.storage.query(
      `INSERT INTO phones (id, user_id, number, created_at)
       SELECT 'p', id, '+41790000000', created_at FROM users WHERE id = '${next.account.id}'`,
    )
    const phoneOnly = await run(app, `user promote ${email}`)
    expect([phoneOnly.exitCode, phoneOnly.stderr]).toEqual([
      1,
      expect.stringContaining('a phone is not enough'),
    ])
    // "Nothing was changed."
    expect((await next.send('/api/session')).status).toBe(200)
    await enrollAuthenticator(app, next.account)
    app.clock.advance(second)
    const results = await Promise.all([
      run(app, `user promote ${email}`),
      run(app, `user promote ${email}`),
    ])
    expect(results.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 1])
    // Shared tokens act for the one who has had the role longest.
    expect((await app.persistence.users.findOperator())?.email).toBe(former.account.email)
    expect(await app.storage.query('SELECT id FROM users WHERE is_operator = 1')).toHaveLength(2)
    expect((await next.send('/api/session')).status).toBe(401)
    const demotions = await Promise.all([
      run(app, `user demote ${email}`),
      run(app, `user demote ${former.account.email}`),
    ])
    expect(demotions.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 1])
    expect(await app.storage.query('SELECT id FROM users WHERE is_operator = 1')).toHaveLength(1)
    const last = (await app.persistence.users.findOperator())?.email
    const emails = app
      .emails()
      .flatMap(({ to, email: { kind: type } }) => (type === 'operator-action' ? [to] : []))
    expect(emails).toHaveLength(2)
    const suspended = await run(app, `user suspend ${last} --reason other`)
    expect([suspended.exitCode, suspended.stderr]).toEqual([
      1,
      expect.stringContaining('is an administrator'),
    ])
  })
})
