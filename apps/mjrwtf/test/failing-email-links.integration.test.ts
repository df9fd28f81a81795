import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { clearRates, linkFor, openedLink, requestPasswordReset } from './support/emails.ts'
import type { TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const newPassword = 'lantern gravel oboe sixty'

function failureOf(method: string): Error {
  if (method.startsWith('store.')) return new SessionError('store-unavailable', 'planted')
  return new RepositoryError('planted')
}

/** A signed-in user whose mailbox contains every kind of link. */
async function userWithLinks(app: TestApp) {
  app.leakDetector.addSecret(newPassword, 'password')
  const owner = await aSignedInBrowser(app)
  const { email } = owner.account
  await clearRates(app)
  await owner.submit('/settings/email/verification', {}, { on: '/settings/account' })
  await requestPasswordReset(app, email)
  const newEmail = `new-${email}`
  await owner.submit('/settings/email', { email: newEmail })
  const links = {
    verify: await linkFor(app, email, 'verify-email'),
    reset: await linkFor(app, email, 'reset-password'),
    confirm: await linkFor(app, newEmail, 'confirm-new-email'),
    cancel: await linkFor(app, email, 'email-change-requested'),
  }
  return { owner, links }
}

describe.each(databases)(
  'following an email link while the database fails on %s (V16.5.3)',
  (kind) => {
    it.each([
      ['reset', 'emailTokens.find'],
      ['reset', 'emailTokens.resetPassword'],
      ['verify', 'emailTokens.verifyEmail'],
      ['confirm', 'emailChanges.findLink'],
      ['confirm', 'emailChanges.confirmChange'],
      ['confirm', 'store.replaceSecret'],
      ['cancel', 'emailChanges.cancelChange'],
    ] as const)(
      'to %s, at %s: 503, no change and no email, and the link works afterwards',
      async (send, method) => {
        await using app = await anApp(kind)
        const { owner, links } = await userWithLinks(app)
        const page = send === 'reset' ? '/reset' : '/verify'
        const input: Record<string, string> = send === 'reset' ? { password: newPassword } : {}
        const form = await openForm(app, await openedLink(app, links[send], owner), { page })
        const users = await app.storage.query('SELECT * FROM users')
        const emails = (await app.sendRequestedEmails()).length

        app.faults.fail(method, () => failureOf(method))
        const answer = await form.send(input)
        app.faults.restore()
        expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
        // At most a new session secret, which was set earlier.
        expect(answer.setCookies.join()).not.toMatch(/Max-Age=0/)
        expect(await app.storage.query('SELECT * FROM users')).toEqual(users)
        expect((await app.sendRequestedEmails()).length).toBe(emails)
        expect((await owner.send('/api/session')).status).toBe(200)
        expect((await owner.submit(page, input)).status).toBe(303)
      },
    )

    it('a reset unlocks a locked account even if its sessions cannot be ended in the store', async () => {
      await using app = await anApp(kind)
      const { owner, links } = await userWithLinks(app)
      const { email } = owner.account
      await aBrowser(app).signIn({ email, password: 'wrong' })
      await app.storage.query('UPDATE attempts SET failures = 100')
      const form = await openForm(app, await openedLink(app, links.reset), { page: '/reset' })
      app.faults.fail('store.endByUser', () => failureOf('store.endByUser'))
      expect((await form.send({ password: newPassword })).status).toBe(503)
      app.faults.restore()
      app.clock.advance(1)
      expect((await aBrowser(app).signIn({ email, password: newPassword })).status).toBe(303)
    })
  },
)
