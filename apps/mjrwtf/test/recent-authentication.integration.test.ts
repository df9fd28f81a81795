import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, type Browser, formType, fromOurPage } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

/**
 * Routes that decide about an account and therefore require recent authentication. A new route of
 * this kind must be added here.
 */
const sensitive: readonly string[] = [
  'DELETE /api/sessions/:id',
  'GET /oauth/device',
  'GET /settings/authenticators/:id/remove',
  'GET /settings/authenticators/:id/rename',
  'GET /settings/connected-accounts/:id/disconnect',
  'GET /settings/connected-accounts/:provider/connect',
  'GET /settings/connected-accounts/confirm',
  'GET /settings/connected-apps/:id/revoke',
  'GET /settings/connected-apps/revoke-all',
  'GET /settings/delete',
  'GET /settings/email',
  'GET /settings/export',
  'GET /settings/passkeys/:id/keep',
  'GET /settings/passkeys/:id/remove',
  'GET /settings/passkeys/:id/rename',
  'GET /settings/passkeys/add',
  'GET /settings/password',
  'GET /settings/phone/remove',
  'GET /settings/phone/verify',
  'GET /settings/security-log',
  'GET /settings/sessions/:id/revoke',
  'GET /settings/sessions/browsers/:id/revoke',
  'GET /settings/sessions/revoke-all',
  'GET /settings/sessions/revoke-others',
  'GET /settings/tokens/:id/revoke',
  'GET /settings/tokens/new',
  'GET /settings/tokens/revoke-all',
  'POST /oauth/authorize',
  'POST /oauth/device',
  'POST /settings/applications/:id',
  'POST /settings/applications/:id/remove',
  'POST /settings/applications/:id/secret',
  'POST /settings/applications/register',
  'POST /settings/authenticators',
  'POST /settings/authenticators/:id/remove',
  'POST /settings/authenticators/:id/rename',
  'POST /settings/blocked-domains',
  'POST /settings/blocked-domains/unblock',
  'POST /settings/connected-accounts/:id/disconnect',
  'POST /settings/connected-accounts/confirm',
  'POST /settings/connected-apps/:id/revoke',
  'POST /settings/connected-apps/revoke-all',
  'POST /settings/delete',
  'POST /settings/domains',
  'POST /settings/domains/:host',
  'POST /settings/domains/:host/remove',
  'POST /settings/email',
  'POST /settings/export',
  'POST /settings/invitations',
  'POST /settings/invitations/:id/revoke',
  'POST /settings/links/:id/dismiss',
  'POST /settings/links/:id/restore',
  'POST /settings/links/:id/take-down',
  'POST /settings/passkeys/:id/keep',
  'POST /settings/passkeys/:id/remove',
  'POST /settings/passkeys/:id/rename',
  'POST /settings/passkeys/add',
  'POST /settings/password',
  'POST /settings/phone',
  'POST /settings/phone/remove',
  'POST /settings/phone/resend',
  'POST /settings/phone/verify',
  'POST /settings/recovery-codes',
  'POST /settings/sessions/:id/revoke',
  'POST /settings/sessions/browsers/:id/revoke',
  'POST /settings/sessions/revoke-all',
  'POST /settings/sessions/revoke-others',
  'POST /settings/tokens/:id/revoke',
  'POST /settings/tokens/new',
  'POST /settings/tokens/revoke-all',
  'POST /settings/users/:id/delete',
  'POST /settings/users/:id/demote',
  'POST /settings/users/:id/factor-removal',
  'POST /settings/users/:id/factor-removal/cancel',
  'POST /settings/users/:id/hand-over',
  'POST /settings/users/:id/promote',
  'POST /settings/users/:id/reset-link',
  'POST /settings/users/:id/restore',
  'POST /settings/users/:id/revoke',
  'POST /settings/users/:id/suspend',
  'POST /settings/users/revoke-all',
]

/** Parameters for routes of which only some responses require it. */
const queryStrings: Readonly<Record<string, string>> = {
  'GET /settings/security-log': '?format=csv',
}

interface Forms {
  readonly app: TestApp
  readonly browser: Browser
  readonly csrfToken: string
  readonly ownSession: string
}

function sendRequest(
  { app, browser, csrfToken, ownSession }: Forms,
  route: string,
): Promise<TestResponse> {
  const [method = '', pattern = ''] = route.split(' ')
  const path = pattern.replace('/sessions/:id', `/sessions/${ownSession}`).replace(/:\w+/, 'abc')
  if (method === 'GET') return browser.open(`${path}${queryStrings[route] ?? ''}`)
  const isApi = path.startsWith('/api/')
  const sameOrigin = fromOurPage(app)
  const api: RawHeaders = [
    ['Content-Type', 'application/json'],
    ['X-CSRF-Token', csrfToken],
  ]
  const headers = [...(isApi ? api : formType), ...sameOrigin]
  const body = isApi ? '{}' : new URLSearchParams({ csrf_token: csrfToken }).toString()
  return browser.send(path, { method, headers, body })
}

const requiresStepUp = ({ status, location, body }: TestResponse) =>
  (status === 303 && location.startsWith('/reauthenticate?next=')) ||
  (status === 403 && body.includes('recent_authentication_required'))

/** Whether the page after the step-up does not say that the action is unfinished. */
const isDropped = ({ location }: TestResponse) =>
  !/[?&](interrupted|draft)=/.test(decodeURIComponent(location))

/** What those routes would change. */
async function stored({ storage }: TestApp) {
  const users = await storage.query('SELECT * FROM users')
  return { users, sessions: await storage.query('SELECT id, ended_at FROM sessions') }
}

describe.each(databases)('stale authentication on %s (V7.5.1, V7.5.3)', (kind) => {
  it('gets a step-up request, and no change, from exactly the sensitive routes', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const browser = await aSignedInBrowser(app)
    const csrfToken = await browser.csrfToken('/create')
    const [ownSession = ''] = browser.sessionCookie().split('.')
    const forms = { app, browser, csrfToken, ownSession }
    app.clock.advance(15 * 60_000)
    // These end the session, answer the step-up, or stay open.
    const routes = app.routes.filter(
      (route) => !/ (\/logout|\/session\/events|\/reauthenticate(\/code)?)$/.test(route),
    )
    const stepUpRoutes: string[] = []
    const droppedSilently: string[] = []
    const before = await stored(app)
    for (const route of routes) {
      const answer = await sendRequest(forms, route)
      if (!requiresStepUp(answer)) continue
      stepUpRoutes.push(route)
      if (isDropped(answer) && route.startsWith('POST ')) droppedSilently.push(route)
    }
    expect(stepUpRoutes.toSorted()).toEqual(sensitive)
    // Each leads back to its own page, which explains the interruption.
    expect(droppedSilently).toEqual(['POST /settings/authenticators', 'POST /oauth/authorize'])
    expect(await stored(app)).toEqual(before)
    expect((await browser.open('/dashboard')).status).toBe(200)
  })
})
