import { describe, expect, it } from 'vitest'
import { rateLimits } from '../src/domain/rate-limits.ts'
import type { Scope } from '../src/domain/scope.ts'
import { minute } from '../src/domain/time.ts'
import { aSignedInBrowser } from './support/browser.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { bearer } from './support/personal-tokens.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

/** The tokens of a new grant, as a client application gets them. */
async function aGrant(
  { grants, clock, leakDetector }: TestApp,
  user: Account,
  scopes: readonly Scope[],
) {
  const [authenticatedAt, authorizedAt] = [clock.now(), clock.now()]
  const issued = await grants.issue({
    userId: user.id,
    clientId: 'client',
    scopes,
    authenticatedAt,
    authorizedAt,
  })
  if (issued.status !== 'issued') throw new Error('The grant was refused.')
  for (const token of [issued.accessToken, issued.refreshToken])
    leakDetector.addSecret(token, 'token')
  return issued
}

const invalidToken = 'Bearer error="invalid_token"'

describe.each(databases)(
  'access tokens of grants in the API on %s (V10.3.1, V10.3.2, V10.3.3)',
  (kind) => {
    it('act for their user within their scopes, for 15 minutes', async () => {
      await using app = await anApp(kind)
      const account = await app.account()
      const { accessToken } = await aGrant(app, account, ['account:read', 'links:read'])
      const headers = bearer(accessToken)
      const answer = await app.send('/api/account', { headers })
      const expires_at = new Date(app.clock.now() + 15 * minute).toISOString()
      const token = {
        kind: 'grant',
        name: null,
        scopes: ['account:read', 'links:read'],
        expires_at,
      }
      expect(answer.json()).toMatchObject({ user: { id: account.id }, token })
      const refused = await app.send('/api/urls/unknown', { method: 'DELETE', headers })
      expect([refused.status, refused.headers['www-authenticate']]).toEqual([
        403,
        'Bearer error="insufficient_scope", scope="links:write"',
      ])
      app.clock.advance(15 * minute)
      const expired = await app.send('/api/account', { headers })
      expect([expired.status, expired.headers['www-authenticate']]).toEqual([401, invalidToken])
    })

    it('never replace a user who is present, however recently the user authenticated (RFC 9470)', async () => {
      await using app = await anApp(kind)
      const browser = await aSignedInBrowser(app)
      const { accessToken } = await aGrant(app, browser.account, ['account:read', 'admin'])
      const [id] = browser.sessionCookie().split('.')
      const request = { method: 'DELETE', headers: bearer(accessToken) }
      const { status, headers } = await app.send(`/api/sessions/${id}`, request)
      expect([status, headers['www-authenticate']]).toEqual([
        401,
        expect.stringContaining('max_age="900"'),
      ])
      expect((await app.send('/settings/tokens', { headers: bearer(accessToken) })).status).toBe(
        303,
      )
    })

    it('end with the grant and with the account, and refresh tokens never authenticate', async () => {
      await using app = await anApp(kind)
      await app.account()
      const account = await app.account()
      const [one, two] = [
        await aGrant(app, account, ['links:read']),
        await aGrant(app, account, ['links:read']),
      ]
      const statusOf = async (token: string) =>
        (await app.send('/api/urls', { headers: bearer(token) })).status
      expect(await statusOf(one.accessToken)).toBe(200)
      expect(await statusOf(one.refreshToken)).toBe(401)
      await app.grants.revoke(account.id, one.grant.id, { reason: 'ended-by-user', by: account.id })
      expect([await statusOf(one.accessToken), await statusOf(two.accessToken)]).toEqual([401, 200])
      await app.persistence.accounts.remove(account.id)
      expect(await statusOf(two.accessToken)).toBe(401)
    })

    it('get 401 and no 429 once they have expired, so that clients refresh; guesses are limited', async () => {
      await using app = await anApp(kind)
      const { accessToken } = await aGrant(app, await app.account(), ['links:read'])
      const statusOf = async (token: string) =>
        (await app.send('/api/urls', { headers: bearer(token) })).status
      const guess = accessToken.replace(/.{3}$/, 'AAA')
      app.clock.advance(15 * minute)
      const { max } = rateLimits.invalidBearerTokens
      for (let n = 0; n <= max; n += 1) expect(await statusOf(accessToken)).toBe(401)
      for (let n = 0; n < max; n += 1) expect(await statusOf(guess)).toBe(401)
      expect(await statusOf(guess)).toBe(429)
      expect(await statusOf(accessToken)).toBe(401)
    })
  },
)
