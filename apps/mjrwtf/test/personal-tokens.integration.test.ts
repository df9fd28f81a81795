import { describe, expect, it } from 'vitest'
import { type Operation, operations } from '../src/adapters/http/api/operations.ts'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { formatPersonalToken } from '../src/domain/personal-token.ts'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { type Scope, scopes } from '../src/domain/scope.ts'
import { day, minute } from '../src/domain/time.ts'
import { aSignedInBrowser } from './support/browser.ts'
import { linkFor } from './support/emails.ts'
import { proxied, type TestApp } from './support/open-app.ts'
import { aToken, bearer } from './support/personal-tokens.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const json: RawHeaders = [['Content-Type', 'application/json']]
const invalidToken = 'Bearer error="invalid_token"'

const unknownToken = formatPersonalToken(new Uint8Array(32).fill(1))

/** Status and challenge of a request to the list of links. */
async function list(app: TestApp, headers: RawHeaders) {
  const { status, headers: received } = await app.send('/api/urls', { headers })
  return [status, received['www-authenticate']]
}

/** Whether the operation is allowed, or the status and the challenge. */
async function outcomeOf(app: TestApp, { method, path }: Operation, token: RawHeaders) {
  const target = path.replace(/\{\w+\}/, 'unknown')
  const request = { method: method.toUpperCase(), headers: [...token, ...json] }
  const { status, headers } = await app.send(target, request)
  return [401, 403].includes(status) ? [status, headers['www-authenticate']] : 'allowed'
}

function expectedOutcome(scope: Scope | null, granted: Scope) {
  if (scope === null) return [401, expect.stringContaining('insufficient_user_authentication')]
  if (scope === granted) return 'allowed'
  return [403, `Bearer error="insufficient_scope", scope="${scope}"`]
}

describe.each(databases)(
  'personal access tokens on %s (API-1, V10.3.1, V10.3.2, V10.3.3)',
  (kind) => {
    const opened = useApp(kind)

    it('are accepted for the operations of their scopes, and get 403 for each other one', async () => {
      const app = opened()
      const account = await app.account()
      const tokenScopes = scopes.filter((each) => each !== 'admin')
      for (const granted of tokenScopes) {
        const { headers } = await aToken(app, account, { scopes: [granted] })
        const outcomes = operations.map((operation) => outcomeOf(app, operation, headers))
        expect([granted, await Promise.all(outcomes)]).toEqual([
          granted,
          operations.map(({ scope }) => expectedOutcome(scope, granted)),
        ])
      }
    })

    it('get 401 if mistyped, cut, unknown or revoked, even with a valid cookie (API-2, API-3)', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const { token, id } = await aToken(app, browser.account)
      const asBrowser = async (presented: string) => {
        const answer = await browser.send('/api/urls', { headers: bearer(presented) })
        return [answer.status, answer.headers['www-authenticate'], answer.setCookies]
      }
      expect((await asBrowser(token))[0]).toBe(200)
      const mistyped = token.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'))
      // The prefix alone, the rest alone, cut, mistyped, and another kind of token.
      const wrong = [
        'mjr_pat_',
        token.slice(8),
        token.slice(0, -1),
        mistyped,
        `mjr_at_${token.slice(8)}`,
      ]
      for (const presented of [...wrong, unknownToken, id]) {
        expect(await asBrowser(presented)).toEqual([401, invalidToken, []])
      }
      expect(await app.features.personalTokens.revoke(browser.account.id, id)).toBe('CI')
      expect(await asBrowser(token)).toEqual([401, invalidToken, []])
      expect((await browser.send('/api/session')).status).toBe(200)
    })

    it('are not looked up or counted if mistyped: the checksum is wrong', async () => {
      const app = opened()
      const mistyped = unknownToken.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'))
      app.faults.calls.length = 0
      for (let n = 0; n < rateLimits.invalidBearerTokens.max + 5; n += 1) {
        expect(await list(app, bearer(mistyped))).toEqual([401, invalidToken])
      }
      expect(app.faults.calls).toEqual([])
      await list(app, bearer(unknownToken))
      expect(app.faults.calls).toContain('personalTokens.find')
    })

    it('work only in the Authorization header: not in the query, a form, a cookie or on pages', async () => {
      const app = opened()
      const { token, headers } = await aToken(app, await app.account(), {
        scopes: ['links:read', 'links:write'],
      })
      const query = `access_token=${token}&token=${token}`
      expect((await app.send(`/api/urls?${query}`)).headers['www-authenticate']).toBe('Bearer')
      const form: RawHeaders = [['Content-Type', 'application/x-www-form-urlencoded']]
      const request = { method: 'POST', headers: form, body: `access_token=${token}` }
      expect((await app.send('/api/urls', request)).status).toBe(401)
      for (const cookie of ['session-dev', 'access_token', 'token']) {
        expect(
          (await app.send('/api/urls', { headers: [['Cookie', `${cookie}=${token}`]] })).status,
        ).toBe(401)
      }
      expect((await app.send('/api/urls', { headers: [['X-Api-Key', token]] })).status).toBe(401)
      // With the header, the query is ignored.
      expect((await app.send('/api/urls?access_token=wrong', { headers })).status).toBe(200)
      for (const page of [
        '/dashboard',
        '/settings/tokens',
        '/settings/export',
        '/settings/password',
      ]) {
        const { status, location } = await app.send(page, { headers })
        expect([page, status, location]).toEqual([
          page,
          303,
          `/login?next=${encodeURIComponent(page)}`,
        ])
      }
      await app.send(`/${token}`)
      await app.send(`/api/urls/${token}?token=${token}`)
      expect(JSON.stringify(app.log())).not.toContain(token.slice(8))
    })

    it('never replace a user who is present: RFC 9470 challenge, exactly (63B 5.1.2, V10.3.4)', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const { headers } = await aToken(app, browser.account, {
        scopes: scopes.filter((each) => each !== 'admin'),
      })
      const [id] = browser.sessionCookie().split('.')
      const answer = await app.send(`/api/sessions/${id}`, { method: 'DELETE', headers })
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        401,
        'Bearer error="insufficient_user_authentication", error_description="This operation needs the session of a ' +
          'user who is present, not a token.", max_age="900"',
      ])
      expect(answer.json()).toMatchObject({ error: { code: 'insufficient_user_authentication' } })
      expect((await browser.send('/api/session')).status).toBe(200)
    })

    it('GET /api/account shows the user and what the token may do, never the token', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const { account } = browser
      const { headers } = await aToken(app, account, { name: 'Status', scopes: ['account:read'] })
      const user = {
        ...{ id: account.id, email: account.email },
        created_at: new Date(account.createdAt).toISOString(),
      }
      const expires_at = new Date(app.clock.now() + 90 * day).toISOString()
      const token = { kind: 'personal', name: 'Status', scopes: ['account:read'], expires_at }
      expect((await app.send('/api/account', { headers })).json()).toEqual({ user, token })
      expect((await browser.send('/api/account')).json()).toEqual({ user, token: null })
    })

    it('stores only a hash of a token', async () => {
      const app = opened()
      const { token, id } = await aToken(app, await app.account())
      const dump = await app.storage.dump()
      expect(dump).toContain(id)
      expect(dump).not.toContain(token)
      expect(dump).not.toContain(token.slice(8))
    })
  },
)

describe.each(databases)('life of personal access tokens on %s (V8.3.2, V7.4.2)', (kind) => {
  it('ends at the expiry, at the instant, with an event in the security log', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const { headers } = await aToken(app, account, { lifetime: '7' })
    app.clock.advance(7 * day - 1)
    expect((await list(app, headers))[0]).toBe(200)
    app.clock.advance(1)
    const answer = await app.send('/api/urls', { headers })
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, invalidToken])
    expect(answer.json()).toMatchObject({ error: { message: 'This token has expired.' } })
    await app.flushSecurityEvents()
    const events = await app.storage.query(
      `SELECT detail FROM security_events WHERE kind = 'token-refused'`,
    )
    expect(events).toEqual([{ detail: 'expired CI' }])
  })

  it('ends a year after the creation at the latest, used or not', async () => {
    await using app = await anApp(kind)
    const { headers } = await aToken(app, await app.account(), { lifetime: '365' })
    for (let month = 0; month < 12; month += 1) {
      expect((await list(app, headers))[0]).toBe(200)
      await app.flushTokenUses()
      app.clock.advance(30 * day)
    }
    app.clock.advance(5 * day)
    expect(await list(app, headers)).toEqual([401, invalidToken])
  })

  it('ends with the reset of the password, and not with its change', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const { account } = browser
    const { headers } = await aToken(app, account)
    const new_password = 'lantern gravel oboe sixty'
    await browser.submit('/settings/password', { current_password: account.password, new_password })
    expect((await list(app, headers))[0]).toBe(200)
    await browser.submit('/forgot', { email: account.email })
    await browser.open(await linkFor(app, account.email, 'reset-password'))
    await browser.submit('/reset', { password: 'another lantern gravel oboe' })
    expect(await list(app, headers)).toEqual([401, invalidToken])
  })

  it('ends with the account, and admin with the role of its user', async () => {
    await using app = await anApp(kind)
    const operator = await app.account()
    const member = await app.account()
    const admin = await aToken(app, operator, { scopes: ['admin', 'account:read'] })
    const { headers } = await aToken(app, member)
    const scopesOf = async () => {
      const answer = await app.send('/api/account', { headers: admin.headers })
      return /"scopes":(\[[^\]]*\])/.exec(answer.body)?.[1]
    }
    expect(await scopesOf()).toBe('["admin","account:read"]')
    await app.storage.query('UPDATE users SET is_operator = 0')
    expect(await scopesOf()).toBe('["account:read"]')
    await app.persistence.accounts.remove(member.id)
    expect(await list(app, headers)).toEqual([401, invalidToken])
  })

  it('has one email in its last week, and ends in the list 30 days after the expiry', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    await aToken(app, account, { name: 'Backup', lifetime: '30' })
    await aToken(app, account, { name: 'Weekly', lifetime: '7' })
    const { personalTokens, purge } = app.features
    const reminders = () => app.emails().filter(({ email }) => email.kind === 'tokens-expiring')
    await personalTokens.remindOfExpiry()
    app.clock.advance(23 * day - minute)
    await personalTokens.remindOfExpiry()
    expect(reminders()).toEqual([])
    app.clock.advance(minute)
    await Promise.all([personalTokens.remindOfExpiry(), personalTokens.remindOfExpiry()])
    await personalTokens.remindOfExpiry()
    expect(reminders()).toHaveLength(1)
    expect(reminders()[0]?.composed.text).toContain('Backup')
    app.clock.advance(37 * day)
    await purge()
    const names = async () => (await personalTokens.list(account.id)).map(({ name }) => name)
    expect(await names()).toEqual(['Backup'])
    app.clock.advance(1)
    await purge()
    expect(await names()).toEqual([])
  })
})

describe.each(databases)('use of personal access tokens on %s', (kind) => {
  it('is recorded at most once a minute for each token, after the response', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const { headers, id } = await aToken(app, account)
    const other = await aToken(app, account)
    const lastUse = async () => {
      const tokens = await app.features.personalTokens.list(account.id)
      const token = tokens.find((each) => each.id === id)
      return [token?.lastUsedAt, token?.lastUsedIpAddress]
    }
    const usedAt = app.clock.now()
    app.faults.calls.length = 0
    for (let n = 0; n < 50; n += 1) await list(app, n % 2 === 0 ? headers : other.headers)
    const writes = app.faults.calls.filter((call) => call === 'personalTokens.recordUses')
    expect([writes, await lastUse()]).toEqual([[], [null, null]])
    await app.flushTokenUses()
    expect(await lastUse()).toEqual([usedAt, '127.0.0.1'])
    app.clock.advance(minute - 1)
    await list(app, headers)
    await app.flushTokenUses()
    expect(await lastUse()).toEqual([usedAt, '127.0.0.1'])
    app.clock.advance(1)
    await list(app, headers)
    await app.flushTokenUses()
    expect(await lastUse()).toEqual([usedAt + minute, '127.0.0.1'])
    expect(app.faults.calls.filter((call) => call === 'personalTokens.recordUses')).toHaveLength(2)
  })

  it('gets 503 while the database fails, also with a valid cookie, and needs no write', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const { headers } = await aToken(app, browser.account)
    const failure = () => new RepositoryError('The database failed.')
    app.faults.fail('personalTokens.recordUses', failure)
    expect((await browser.send('/api/urls', { headers })).status).toBe(200)
    await expect(app.flushTokenUses()).rejects.toThrow()
    app.faults.fail('personalTokens.find', failure)
    expect((await browser.send('/api/urls', { headers })).status).toBe(503)
    app.faults.restore()
    expect((await browser.send('/api/urls', { headers })).status).toBe(200)
  })

  it('costs one statement for the token and its user', async () => {
    await using app = await anApp(kind)
    const { headers } = await aToken(app, await app.account())
    await list(app, headers)
    app.faults.calls.length = 0
    await app.send('/api/urls/unknown', { headers })
    expect(app.faults.calls).toEqual([
      'personalTokens.find',
      'rateLimiter.consume',
      'links.findOwn',
    ])
  })

  it('is limited to the networks of the token, for the client behind trusted proxies', async () => {
    await using app = await anApp(kind, { env: proxied })
    const account = await app.account()
    const networks = '203.0.113.0/24, 2001:db8::/32\n198.51.100.7'
    const { headers } = await aToken(app, account, { networks })
    const from = async (forwardedFor: string) =>
      (await list(app, [...headers, ['X-Forwarded-For', forwardedFor]]))[0]
    for (const inside of ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8::1', '198.51.100.7']) {
      expect([inside, await from(inside)]).toEqual([inside, 200])
    }
    // The leftmost IP address is the client's claim.
    for (const outside of [
      '203.0.114.9',
      '198.51.100.8',
      '2001:db9::1',
      '203.0.113.9, 192.0.2.1',
    ]) {
      expect([outside, await from(outside)]).toEqual([outside, 401])
    }
    await app.flushSecurityEvents()
    const events = await app.storage.query(
      `SELECT DISTINCT detail FROM security_events WHERE kind = 'token-refused'`,
    )
    expect(events).toEqual([{ detail: 'wrong-network CI' }])
  })

  it('counts unknown, revoked, expired and elsewhere bound tokens as invalid, and never a valid one', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const valid = await aToken(app, account)
    const bound = await aToken(app, account, { networks: '192.0.2.0/24' })
    const short = await aToken(app, account, { lifetime: '7' })
    const revoked = await aToken(app, account)
    await app.features.personalTokens.revoke(account.id, revoked.id)
    app.clock.advance(8 * day)
    const invalid = [bound, short, revoked].map(({ headers }) => headers)
    const attempts = [...invalid, bearer(unknownToken)]
    for (let n = 0; n < rateLimits.invalidBearerTokens.max; n += 1) {
      expect((await list(app, attempts[n % attempts.length] ?? []))[0]).toBe(401)
    }
    for (const headers of attempts) expect((await list(app, headers))[0]).toBe(429)
    expect((await list(app, valid.headers))[0]).toBe(200)
  })

  it('is limited for all tokens of a user together, apart from the sessions', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const tokens = [await aToken(app, browser.account), await aToken(app, browser.account)]
    const [one = [], two = []] = tokens.map(({ headers }) => headers)
    expect((await list(app, one))[0]).toBe(200)
    // The rest of the limit, without a request for each.
    const rest = Array.from({ length: rateLimits.api.max - 1 }, () =>
      app.features.limits.apiCall(`tokens:${browser.account.id}`),
    )
    expect((await Promise.all(rest)).filter((throttled) => throttled !== null)).toEqual([])
    expect([(await list(app, one))[0], (await list(app, two))[0]]).toEqual([429, 429])
    expect((await browser.send('/api/urls')).status).toBe(200)
  })
})
