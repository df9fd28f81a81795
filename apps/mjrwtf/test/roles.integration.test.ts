import { describe, expect, it } from 'vitest'
import { aSignedInBrowser } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

describe.each(databases)('user role on %s', (kind) => {
  it('is read with each request: a revoked operator may not create invites (V7.4.2, V8.3.2)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const browser = await aSignedInBrowser(app)
    const csrf_token = await browser.csrfToken('/settings/invitations')
    expect((await browser.open('/dashboard')).body).toContain('href="/settings/invitations"')

    await app.storage.query('UPDATE users SET is_operator = 0')
    expect(
      (await browser.submit('/settings/invitations', { csrf_token }, { on: '/create' })).status,
    ).toBe(404)
    expect((await browser.open('/settings/invitations')).status).toBe(404)
    expect((await browser.open('/dashboard')).body).not.toContain('href="/settings/invitations"')
    expect(await app.storage.query('SELECT * FROM invites')).toEqual([])
  })
})
