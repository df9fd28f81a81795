import { describe, expect, it } from 'vitest'
import { maxPersonalTokens } from '../src/domain/personal-token.ts'
import { day } from '../src/domain/time.ts'
import { aSignedInBrowser, type Browser, formType, fromOurPage, textOf } from './support/browser.ts'
import { emailsTo } from './support/emails.ts'
import type { TestApp } from './support/open-app.ts'
import { aToken, bearer } from './support/personal-tokens.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const page = '/settings/tokens/new'
const choices = { name: 'Backup script', 'links:read': 'on', lifetime: '30', networks: '' }

/** Opens the form, and returns a function that sends it, also several times. */
async function openForm(app: TestApp, browser: Browser) {
  const { body } = await browser.open(page)
  const [, csrf_token = ''] = /name="csrf_token" value="([^"]+)"/.exec(body) ?? []
  const [, form_owner = ''] = /name="form_owner" value="([^"]+)"/.exec(body) ?? []
  const [, id = ''] = /name="id" value="([^"]+)"/.exec(body) ?? []
  const send = (fields: Readonly<Record<string, string>> = {}) =>
    browser.send(page, {
      method: 'POST',
      headers: [...formType, ...fromOurPage(app)],
      body: new URLSearchParams({
        csrf_token,
        form_owner,
        id,
        expires_on: '',
        ...choices,
        ...fields,
      }).toString(),
    })
  return { send, body, id }
}

function tokenIn(app: TestApp, body: string): string {
  const token = /mjr_pat_[0-9A-Za-z]{49}/.exec(body)?.[0] ?? ''
  if (token !== '') app.leakDetector.addSecret(token, 'code')
  return token
}

describe.each(databases)('pages of personal access tokens on %s (API-1)', (kind) => {
  const opened = useApp(kind)

  it('show a new token once, in a response that is not stored', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser)
    const created = await form.send()
    const token = tokenIn(app, created.body)
    expect([created.status, created.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(created.body).toContain('data-after-post="/settings/tokens"')
    expect((await app.send('/api/urls', { headers: bearer(token) })).status).toBe(200)
    const list = await browser.open('/settings/tokens')
    expect(list.body).not.toContain('mjr_pat_')
    expect(textOf(list)).toContain('Backup script')
    expect(textOf(list)).toContain('See your links')
  })

  it('create one token if the form is sent again, by a reload or a double click', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser)
    const answers = await Promise.all([form.send(), form.send()])
    const reloaded = await form.send()
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 303])
    expect([reloaded.status, reloaded.location]).toEqual([303, '/settings/tokens'])
    for (const { body } of answers) tokenIn(app, body)
    expect(await app.features.personalTokens.list(browser.account.id)).toHaveLength(1)
    expect(textOf(await browser.open('/settings/tokens'))).toContain('was created already')
  })

  it('notify the user by email, and record the creation and the revocation', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const { account } = browser
    const form = await openForm(app, browser)
    tokenIn(app, (await form.send()).body)
    const [email] = await emailsTo(app, account.email, 'token-created')
    expect(email?.composed.text).toContain('Backup script')
    expect(email?.composed.text).not.toContain('mjr_pat_')
    const revoked = await browser.submit(`/settings/tokens/${form.id}/revoke`)
    expect([revoked.status, revoked.location]).toEqual([303, '/settings/tokens'])
    await app.flushSecurityEvents()
    const log = textOf(await browser.open('/settings/security-log'))
    expect(log).toContain('Access token “Backup script” created')
    expect(log).toContain('Access token “Backup script” revoked')
  })

  it('reject what is not valid, by field, and show the input again', async () => {
    const app = opened()
    // The first account is the administrator's.
    await app.account()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser)
    expect(form.body).not.toContain('name="admin"')
    const tomorrow = (days: number) =>
      new Date(app.clock.now() + days * day).toISOString().slice(0, 10)
    for (const [fields, problem] of [
      [{ name: ' ' }, 'Enter a name of 1 to 64 characters.'],
      [{ 'links:read': '' }, 'Choose what the token may do.'],
      [{ admin: 'on' }, 'Only administrators can grant this.'],
      [{ lifetime: '366' }, 'Choose when the token expires.'],
      [{ lifetime: 'date' }, 'Enter a date.'],
      [{ lifetime: 'date', expires_on: tomorrow(-1) }, 'Enter a date in the future.'],
      [{ lifetime: 'date', expires_on: tomorrow(366) }, 'A token is valid for at most a year.'],
      [{ networks: '10.0.0.0/8, 10.0.0.0/33' }, '“10.0.0.0/33” is not a network'],
      [{ networks: '::1 '.repeat(21) }, 'Enter at most 20 networks.'],
      [{ id: 'short' }, 'This page has expired.'],
    ] as const) {
      const answer = await form.send(fields)
      expect([answer.status, textOf(answer)]).toEqual([400, expect.stringContaining(problem)])
      expect(answer.body).toMatch(/value="(Backup script| )"/)
    }
    expect((await form.send({ unknown: 'x' })).status).toBe(400)
    expect(await app.features.personalTokens.list(browser.account.id)).toEqual([])
  })

  it('limit a token to the end of a day, at most a year from now', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const now = app.clock.now()
    const dayOf = (instant: number) => new Date(instant).toISOString().slice(0, 10)
    for (const expires_on of [dayOf(now), dayOf(now + 365 * day)]) {
      const form = await openForm(app, browser)
      tokenIn(app, (await form.send({ lifetime: 'date', expires_on })).body)
    }
    const tokens = await app.features.personalTokens.list(browser.account.id)
    expect(new Set(tokens.map(({ expiresAt }) => expiresAt))).toEqual(
      new Set([Date.parse(dayOf(now)) + day, now + 365 * day]),
    )
  })

  it('revoke only tokens of the user, one or all', async () => {
    const app = opened()
    const [ann, bob] = [await aSignedInBrowser(app), await aSignedInBrowser(app)]
    const { id, headers } = await aToken(app, ann.account)
    const own = await aToken(app, bob.account)
    const path = `/settings/tokens/${id}/revoke`
    expect((await bob.open(path)).status).toBe(404)
    expect((await bob.submit(path, {}, { on: '/create' })).status).toBe(404)
    for (const unknown of ['%00', 'x'.repeat(300)]) {
      const answer = await bob.submit(`/settings/tokens/${unknown}/revoke`, {}, { on: '/create' })
      expect([unknown, answer.status]).toEqual([unknown, 404])
    }
    expect((await bob.submit('/settings/tokens/revoke-all')).status).toBe(303)
    expect((await app.send('/api/urls', { headers })).status).toBe(200)
    expect((await app.send('/api/urls', { headers: own.headers })).status).toBe(401)
    await aToken(app, ann.account)
    expect((await ann.submit('/settings/tokens/revoke-all')).status).toBe(303)
    expect((await app.send('/api/urls', { headers })).status).toBe(401)
  })

  it('refuse more tokens than the maximum', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const { id: userId } = browser.account
    const instant = kind === 'sqlite' ? '0' : 'to_timestamp(0)'
    for (let n = 0; n < maxPersonalTokens; n += 1) {
      await app.storage.query(`INSERT INTO personal_access_tokens
        (id, user_id, name, token_hash, scopes, networks, created_at, expires_at)
        VALUES ('${userId}${n}', '${userId}', 'T', '${userId}${n}', 'links:read', '', ${instant}, ${instant})`)
    }
    const form = await openForm(app, browser)
    const answer = await form.send()
    expect([answer.status, textOf(answer)]).toEqual([409, expect.stringContaining('50 tokens')])
  })
})
