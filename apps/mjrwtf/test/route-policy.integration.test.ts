import { describe, expect, it } from 'vitest'
import { isAppPath, isReservedCode } from '../src/domain/reserved-codes.ts'
import { isShortCode } from '../src/domain/short-code.ts'
import { aBrowser, aSignedInBrowser, formType, fromOurPage } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

/**
 * Who may call which route. A route missing from this table fails the first test below, so a new
 * route must be added here; the other tests then check its policy (ASVS 5.0 V8.1.1, V8.2.1,
 * V8.3.1).
 */
const policies: Readonly<Record<string, 'anyone' | 'user' | 'operator' | 'api-user' | 'browsers'>> =
  {
    'GET /': 'anyone',
    'GET /health': 'anyone',
    'GET /preview': 'anyone',
    'GET /ready': 'anyone',
    'GET /openapi.json': 'anyone',
    'GET /docs/api': 'anyone',
    'POST /csp-reports': 'browsers',
    // In development only: see dev-mail.integration.test.ts.
    'GET /dev/mail': 'anyone',
    'GET /dev/mail/:number': 'anyone',
    'GET /dev/mail/:number/html': 'anyone',
    'GET /setup': 'anyone',
    'POST /setup': 'anyone',
    'GET /signup': 'anyone',
    'POST /signup': 'anyone',
    'GET /login': 'anyone',
    'POST /login': 'anyone',
    'GET /login/second-factor': 'anyone',
    'POST /login/second-factor': 'anyone',
    'POST /login/second-factor/cancel': 'anyone',
    'POST /login/second-factor/code': 'anyone',
    'GET /reauthenticate/with/:provider': 'user',
    'GET /login/new-identity': 'anyone',
    'POST /login/new-identity': 'anyone',
    'GET /login/:provider': 'anyone',
    'GET /login/:provider/callback': 'anyone',
    'GET /forgot': 'anyone',
    'POST /forgot': 'anyone',
    'GET /reset': 'anyone',
    'POST /reset': 'anyone',
    'GET /verify': 'anyone',
    'POST /verify': 'anyone',
    'POST /logout': 'user',
    'GET /logout/:provider': 'anyone',
    'GET /settings': 'user',
    'GET /settings/account': 'user',
    'GET /settings/preferences': 'user',
    'POST /settings/preferences': 'user',
    'POST /settings/preferences/time-zone': 'user',
    'GET /settings/email': 'user',
    'POST /settings/email': 'user',
    'POST /settings/email/verification': 'user',
    'POST /settings/email/cancel': 'user',
    'GET /settings/password': 'user',
    'POST /settings/password': 'user',
    'GET /settings/security': 'user',
    'POST /settings/security/removal/cancel': 'user',
    'GET /settings/second-factor': 'user',
    'GET /settings/connected-accounts': 'user',
    'GET /settings/connected-accounts/:provider/connect': 'user',
    'GET /settings/connected-accounts/confirm': 'user',
    'POST /settings/connected-accounts/confirm': 'user',
    'GET /settings/connected-accounts/:id/disconnect': 'user',
    'POST /settings/connected-accounts/:id/disconnect': 'user',
    'GET /settings/passkeys': 'user',
    'GET /settings/passkeys/add': 'user',
    'POST /settings/passkeys/add': 'user',
    'GET /settings/passkeys/:id/rename': 'user',
    'POST /settings/passkeys/:id/rename': 'user',
    'GET /settings/passkeys/:id/remove': 'user',
    'POST /settings/passkeys/:id/remove': 'user',
    'GET /settings/passkeys/:id/keep': 'user',
    'POST /settings/passkeys/:id/keep': 'user',
    'GET /settings/phone': 'user',
    'POST /settings/phone': 'user',
    'GET /settings/phone/verify': 'user',
    'POST /settings/phone/verify': 'user',
    'POST /settings/phone/resend': 'user',
    'GET /settings/phone/remove': 'user',
    'POST /settings/phone/remove': 'user',
    'GET /settings/tokens': 'user',
    'GET /settings/tokens/new': 'user',
    'POST /settings/tokens/new': 'user',
    'GET /settings/tokens/:id/revoke': 'user',
    'POST /settings/tokens/:id/revoke': 'user',
    'GET /settings/tokens/revoke-all': 'user',
    'POST /settings/tokens/revoke-all': 'user',
    'GET /settings/security-log': 'user',
    'GET /settings/export': 'user',
    'POST /settings/export': 'user',
    'GET /settings/users': 'operator',
    'GET /settings/users/:id/revoke': 'operator',
    'GET /settings/users/:id': 'operator',
    'GET /settings/links': 'operator',
    'GET /settings/links/:id': 'operator',
    'POST /settings/links/:id/take-down': 'operator',
    'POST /settings/links/:id/restore': 'operator',
    'POST /settings/links/:id/dismiss': 'operator',
    'GET /settings/reports': 'operator',
    'GET /settings/blocked-domains': 'operator',
    'POST /settings/blocked-domains': 'operator',
    'POST /settings/blocked-domains/unblock': 'operator',
    'GET /report/:code': 'anyone',
    'POST /report/:code': 'anyone',
    'POST /settings/users/:id/suspend': 'operator',
    'POST /settings/users/:id/restore': 'operator',
    'POST /settings/users/:id/reset-link': 'operator',
    'POST /settings/users/:id/promote': 'operator',
    'POST /settings/users/:id/hand-over': 'operator',
    'POST /settings/users/:id/demote': 'operator',
    'GET /settings/users/:id/delete': 'operator',
    'POST /settings/users/:id/delete': 'operator',
    'POST /settings/users/:id/revoke': 'operator',
    'GET /settings/users/revoke-all': 'operator',
    'POST /settings/users/revoke-all': 'operator',
    'GET /settings/authenticators': 'user',
    'POST /settings/authenticators': 'user',
    'GET /settings/authenticators/:id/rename': 'user',
    'POST /settings/authenticators/:id/rename': 'user',
    'GET /settings/authenticators/:id/remove': 'user',
    'POST /settings/authenticators/:id/remove': 'user',
    'GET /settings/users/:id/factor-removal': 'operator',
    'POST /settings/users/:id/factor-removal': 'operator',
    'POST /settings/users/:id/factor-removal/cancel': 'operator',
    'GET /settings/recovery-codes': 'user',
    'POST /settings/recovery-codes': 'user',
    'POST /settings/recovery-codes/saved': 'user',
    'GET /settings/delete': 'user',
    'POST /settings/delete': 'user',
    'GET /reauthenticate': 'user',
    'POST /reauthenticate': 'user',
    'POST /reauthenticate/code': 'user',
    'GET /session/events': 'browsers',
    'GET /settings/sessions': 'user',
    'GET /settings/sessions/:id/revoke': 'user',
    'POST /settings/sessions/:id/revoke': 'user',
    'GET /settings/sessions/revoke-others': 'user',
    'POST /settings/sessions/revoke-others': 'user',
    'GET /settings/sessions/revoke-all': 'user',
    'POST /settings/sessions/revoke-all': 'user',
    'GET /settings/sessions/browsers/:id/revoke': 'user',
    'POST /settings/sessions/browsers/:id/revoke': 'user',
    'GET /create': 'user',
    'GET /create/bookmarklet': 'user',
    'POST /create': 'user',
    'GET /dashboard': 'user',
    'GET /dashboard/deleted': 'user',
    'GET /dashboard/tags': 'user',
    'POST /dashboard/change': 'user',
    'POST /dashboard/changes/:id/continue': 'user',
    'POST /dashboard/changes/:id/undo': 'user',
    'GET /links/import': 'user',
    'GET /links/import/:id': 'user',
    'GET /links/import/:id/problems': 'user',
    'POST /links/import': 'user',
    'POST /links/import/:id/start': 'user',
    'POST /links/import/:id/cancel': 'user',
    'GET /links/export': 'user',
    'GET /links/:code': 'user',
    'GET /links/:code/clicks': 'user',
    'GET /links/:code/edit': 'user',
    'GET /links/:code/qr.png': 'user',
    'GET /links/:code/qr.svg': 'user',
    'GET /links/:code/statistics.csv': 'user',
    'GET /links/:code/codes': 'user',
    'POST /links/:code/codes': 'user',
    'POST /links/:code/codes/:other/main': 'user',
    'POST /links/:code/codes/:other/remove': 'user',
    'POST /links/:code/edit': 'user',
    'POST /links/:code/archive': 'user',
    'POST /links/:code/delete': 'user',
    'POST /links/:code/unarchive': 'user',
    'GET /settings/shared-tokens': 'operator',
    'GET /settings/unknown-codes': 'operator',
    'GET /settings/invitations': 'operator',
    'POST /settings/invitations': 'operator',
    'POST /settings/invitations/:id/revoke': 'operator',
    'GET /settings/domains': 'operator',
    'POST /settings/domains': 'operator',
    'GET /settings/domains/:host': 'operator',
    'POST /settings/domains/:host': 'operator',
    'POST /settings/domains/:host/remove': 'operator',
    'GET /settings/applications': 'operator',
    'GET /settings/applications/register': 'operator',
    'POST /settings/applications/register': 'operator',
    'GET /settings/applications/:id': 'operator',
    'POST /settings/applications/:id': 'operator',
    'GET /settings/applications/:id/secret': 'operator',
    'POST /settings/applications/:id/secret': 'operator',
    'GET /settings/applications/:id/remove': 'operator',
    'POST /settings/applications/:id/remove': 'operator',
    // Reports a wrong request before it asks the visitor to sign in.
    'GET /oauth/authorize': 'anyone',
    'POST /oauth/authorize': 'user',
    'GET /oauth/device': 'user',
    'POST /oauth/device': 'user',
    'GET /settings/connected-apps': 'user',
    'GET /settings/connected-apps/:id/revoke': 'user',
    'POST /settings/connected-apps/:id/revoke': 'user',
    'GET /settings/connected-apps/revoke-all': 'user',
    'POST /settings/connected-apps/revoke-all': 'user',
    'GET /.well-known/oauth-authorization-server': 'anyone',
    // Client applications send their own credentials there, and no cookie: see oauth-endpoints.integration.test.ts.
    'POST /oauth/token': 'browsers',
    'POST /oauth/revoke': 'browsers',
    'POST /oauth/introspect': 'browsers',
    'POST /oauth/device_authorization': 'browsers',
    // A signature authenticates it: see provider-logout.integration.test.ts.
    'POST /oidc/backchannel-logout': 'browsers',
    'GET /api/urls': 'api-user',
    'POST /api/urls': 'api-user',
    'GET /api/urls/:code': 'api-user',
    'PATCH /api/urls/:code': 'api-user',
    'DELETE /api/urls/:code': 'api-user',
    'GET /api/urls/:code/codes': 'api-user',
    'POST /api/urls/:code/codes': 'api-user',
    'DELETE /api/urls/:code/codes/:other': 'api-user',
    'GET /api/urls/:code/analytics': 'api-user',
    'GET /api/account': 'api-user',
    'GET /api/session': 'api-user',
    'GET /api/sessions': 'api-user',
    'DELETE /api/sessions/:id': 'api-user',
  }

function routesFor(...audiences: readonly string[]): readonly (readonly [string, string])[] {
  return Object.entries(policies)
    .filter(([, policy]) => audiences.includes(policy))
    .map(([route]) => {
      const [method = '', path = ''] = route.split(' ')
      return [method, path.replace(/:\w+/, 'abc')] as const
    })
}

function asOurPage(app: TestApp, path: string): RawHeaders {
  const json: RawHeaders = [['Content-Type', 'application/json']]
  return [...(path.startsWith('/api/') ? json : formType), ...fromOurPage(app)]
}

describe.each(databases)('route authorization on %s (V8.1.1, V8.2.1, V8.3.1)', (kind) => {
  it('has a policy for every route', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    expect(app.routes.toSorted()).toEqual(Object.keys(policies).toSorted())
  })

  it('has no route whose path a short link could have', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const codes = app.routes.map((route) => route.split('/')[1] ?? '').filter(isShortCode)
    expect(codes.filter((code) => !isReservedCode(code))).toEqual([])
    const paths = app.routes.flatMap((route) => route.match(/ \/([^/]+)$/)?.[1] ?? [])
    expect(paths.filter((path) => isShortCode(path) && !isAppPath(path))).toEqual([])
  })

  it('rejects anonymous visitors on every route that needs a user', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    await app.account()
    const before = await app.fingerprint()
    for (const [method, path] of routesFor('user', 'operator')) {
      const answer = await app.send(path, { method, headers: asOurPage(app, path) })
      expect([method, path, answer.status]).toEqual([method, path, 303])
      expect(answer.location).toMatch(/^\/login\?next=/)
    }
    for (const [method, path] of routesFor('api-user')) {
      const answer = await app.send(path, { method, headers: asOurPage(app, path) })
      const challenge = answer.headers['www-authenticate']
      expect([method, path, answer.status, challenge]).toEqual([method, path, 401, 'Bearer'])
    }
    expect(await app.fingerprint()).toBe(before)
  })

  it('answers 404 to other users on operator routes', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    await app.account()
    const browser = aBrowser(app)
    await browser.signIn(await app.account())
    const csrf_token = await browser.csrfToken('/create')
    const body = new URLSearchParams({ csrf_token }).toString()
    for (const [method, path] of routesFor('operator')) {
      const headers = asOurPage(app, path)
      const answer = await browser.send(path, method === 'GET' ? {} : { method, headers, body })
      expect([method, path, answer.status]).toEqual([method, path, 404])
    }
  })

  it('rejects every unsafe request without a CSRF token, from anyone', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const browser = await aSignedInBrowser(app)
    const changing = routesFor('anyone', 'user', 'operator', 'api-user').filter(
      ([method]) => method !== 'GET',
    )
    for (const [method, path] of changing) {
      const answer = await browser.send(path, { method, headers: asOurPage(app, path) })
      expect([method, path, answer.status]).toEqual([method, path, 403])
    }
    expect((await browser.open('/dashboard')).status).toBe(200)
  })
})
