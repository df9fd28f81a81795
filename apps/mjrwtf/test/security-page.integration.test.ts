import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { addAuthenticator, anAccountWithAuthenticator, sendCode } from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const path = '/settings/security'
const day = 86_400_000

describe.each(databases)('security page on %s', (kind) => {
  const opened = useApp(kind)

  it('shows the state of the account and what to do next, and links to every page of it', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const page = await browser.open(path)
    const text = textOf(page)
    expect(text).toMatch(/Next steps? Set up a second factor\./)
    expect(text).toContain('Passkeys None')
    expect(text).toContain('Trusted browsers None Review')
    expect(text).toContain('Access tokens None Manage')
    expect(text).toContain('Connected accounts None Manage')
    expect(text).toContain('Connected apps None Review')
    expect(text).toContain('Signed in on 1 device')
    expect(text).toContain('A second factor is optional on this site.')
    for (const name of ['password', 'passkeys', 'authenticators', 'recovery-codes', 'sessions'])
      expect(page.body, name).toContain(`href="/settings/${name}"`)
    const [first] = /<nav class="sections".*?<\/a>/s.exec(page.body) ?? []
    expect(first).toMatch(/href="\/settings\/security" aria-current="page"/)
    expect(textOf(await browser.open('/dashboard'))).toContain('Set up a second factor')
  })

  it('shows factors with their last use, recovery codes left and the age of the password', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const client = { ipAddress: null, userAgent: null }
    app.clock.advance(40 * day)
    await app.features.recoveryCodes.create({ user: account, client, sessionId: null })
    app.clock.advance(1)
    const browser = aBrowser(app)
    await browser.signIn(account)
    await sendCode(browser, authenticator)
    const text = textOf(await browser.open(path))
    expect(text).toContain('Password Set 40 days ago')
    expect(text).toMatch(/1 authenticator app Phone last used just now/)
    expect(text).toContain('Recovery codes 10 left')
    expect(text).not.toContain('Set up a second factor')
    expect(textOf(await browser.open('/dashboard'))).not.toContain('Set up a second factor')
  })

  it('offers to cancel a removal of all factors, which leaves them', async () => {
    const app = opened()
    const operator = await app.persistence.users.findOperator()
    const browser = await aSignedInBrowser(app)
    const { account } = browser
    await addAuthenticator(app, account.id)
    const requestedAt = app.clock.now() + 1
    const removal = { userId: account.id, requestedBy: operator?.id ?? '', requestedAt }
    const dueAt = requestedAt + 3 * day
    await app.persistence.factorRemovals.add({ ...removal, dueAt, cancelHash: account.id })
    expect(textOf(await browser.open(path))).toContain('second factors are about to be removed')

    const answer = await browser.submit(`${path}/removal/cancel`, {}, { on: path })
    expect([answer.status, answer.location]).toEqual([303, path])
    const text = textOf(await browser.open(path))
    expect(text).toContain('The removal is canceled.')
    expect(text).not.toContain('about to be removed')
    expect(await app.persistence.factorRemovals.find(account.id)).toBeNull()
    expect((await app.persistence.users.find(account.id))?.secondFactors).toBe(1)
  })

  it('leaves the password to a user who removes the last factor: it cannot be removed', async () => {
    const app = opened()
    const account = await app.account()
    const factor = { kind: 'authenticator', id: await addAuthenticator(app, account.id) } as const
    const client = { sessionId: null, ipAddress: null, userAgent: null }
    const removed = await app.features.manageFactors.remove({ user: account, factor, ...client })
    expect(removed).toBe('removed')
    const browser = aBrowser(app)
    expect((await browser.signIn(account)).location).toBe('/dashboard')
    expect(app.routes.filter((route) => /password.*(remove|delete)/.test(route))).toEqual([])
    await expect(
      app.storage.query(`UPDATE users SET password_hash = NULL WHERE id = '${account.id}'`),
    ).rejects.toThrow(/null/i)
  })

  it('is linked with the list of devices on every page that changes factors (V7.4.3)', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const name of ['passkeys', 'authenticators', 'recovery-codes']) {
      const { body } = await browser.open(`/settings/${name}`)
      expect(body, name).toContain('<a href="/settings/sessions">Review your devices</a>')
      expect(body, name).toContain('<a href="/settings" aria-current="true">Settings</a>')
    }
  })
})
