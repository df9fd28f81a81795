import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { forget, forgetRates, linkTo, opened } from './support/letters.ts'
import type { TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import { anApp } from './support/rooms.ts'
import { databases } from './support/storage.ts'

const newPassword = 'lantern gravel oboe sixty'

function failureOf(method: string): Error {
  if (method.startsWith('store.')) return new SessionError('store-unavailable', 'planted')
  return new RepositoryError('planted')
}

/** Somebody signed in who has every kind of link in their mailbox. */
async function someoneWithLinks(app: TestApp) {
  app.witness.learn(newPassword, 'password')
  const owner = await aSignedInBrowser(app)
  const { email } = owner.account
  await forgetRates(app)
  await owner.submit('/settings/email/verification', {}, { on: '/settings/account' })
  await forget(app, email)
  const newEmail = `new-${email}`
  await owner.submit('/settings/email', { email: newEmail })
  const links = {
    verify: await linkTo(app, email, 'verify-address'),
    reset: await linkTo(app, email, 'reset-password'),
    confirm: await linkTo(app, newEmail, 'confirm-new-address'),
    cancel: await linkTo(app, email, 'address-change-asked'),
  }
  return { owner, links }
}

describe.each(databases)(
  'following a mailed link while the database fails on %s (V16.5.3)',
  (kind) => {
    it.each([
      ['reset', 'rateLimiter.spent'],
      ['reset', 'mailedTokens.find'],
      ['reset', 'mailedTokens.resetPassword'],
      ['verify', 'mailedTokens.verifyAddress'],
      ['confirm', 'addresses.findLink'],
      ['confirm', 'addresses.confirmChange'],
      ['confirm', 'store.replaceSecret'],
      ['cancel', 'addresses.cancelChange'],
    ] as const)(
      'to %s, at %s: 503, nothing is done or told, and the link works afterwards',
      async (act, method) => {
        await using app = await anApp(kind)
        const { owner, links } = await someoneWithLinks(app)
        const page = act === 'reset' ? '/reset' : '/verify'
        const typed: Record<string, string> = act === 'reset' ? { password: newPassword } : {}
        const form = await openForm(app, await opened(app, links[act], owner), { page })
        const users = await app.storage.query('SELECT * FROM users')
        const letters = (await app.writeLetters()).length

        app.watch.fail(method, () => failureOf(method))
        const answer = await form.send(typed)
        app.watch.heal()
        expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
        // A new secret of the session, at most: it came before.
        expect(answer.setCookies.join()).not.toMatch(/Max-Age=0/)
        expect(await app.storage.query('SELECT * FROM users')).toEqual(users)
        expect((await app.writeLetters()).length).toBe(letters)
        expect((await owner.send('/api/session')).status).toBe(200)
        expect((await owner.submit(page, typed)).status).toBe(303)
      },
    )

    it('opens an account that failures have closed, also where its sessions cannot be taken off the list', async () => {
      await using app = await anApp(kind)
      const { owner, links } = await someoneWithLinks(app)
      const { email } = owner.account
      await aBrowser(app).signIn({ email, password: 'wrong' })
      await app.storage.query('UPDATE attempts SET failures = 100')
      const form = await openForm(app, await opened(app, links.reset), { page: '/reset' })
      app.watch.fail('store.endByUser', () => failureOf('store.endByUser'))
      expect((await form.send({ password: newPassword })).status).toBe(503)
      app.watch.heal()
      app.clock.advance(1)
      expect((await aBrowser(app).signIn({ email, password: newPassword })).status).toBe(303)
    })
  },
)
