import { expect, it } from 'vitest'
import { aBrowser } from './support/browser.ts'
import { aClockOfNow, startOidcProvider } from './support/oidc-provider.ts'
import { openForm } from './support/open-form.ts'
import { visitProvider } from './support/provider-visits.ts'
import { recordStatements } from './support/statement-recorder.ts'
import { anApp } from './support/use-app.ts'

it('a sign-in by a provider executes at most three statements more than one by password', async () => {
  using recorder = recordStatements()
  await using provider = await startOidcProvider()
  await using app = await anApp('sqlite', { clock: aClockOfNow(), env: provider.env })
  const account = await app.account()
  const user = { sub: 'subject', email: 'visitor@users.test' }
  const shown = { provider: 'oidc', email: null, createdAt: 0, lastUsedAt: null } as const
  const key = { issuer: provider.issuer, subject: user.sub }
  await app.persistence.identities.add(
    { id: 'i', userId: account.id, ...shown, ...key },
    { max: 10, passwordVersion: 0 },
  )
  // The first sign-in of a user records that.
  await aBrowser(app).signIn(account)

  const byPassword = aBrowser(app)
  const form = await openForm(app, byPassword, { page: '/login' })
  recorder.take()
  const { email, password } = account
  expect((await form.send({ email, password })).location).toBe('/dashboard')
  const passwordStatements = recorder.take()

  const byProvider = aBrowser(app)
  const callback = await visitProvider(provider, byProvider, { user })
  recorder.take()
  expect((await byProvider.open(callback)).location).toBe('/dashboard')
  const providerStatements = recorder.take()
  expect(providerStatements.length).toBeLessThanOrEqual(passwordStatements.length + 3)
  const ofIdentities = providerStatements.filter(({ sql }) => /\bidentities\b/.test(sql))
  // One finds the identity and records its use, one records the session.
  expect(ofIdentities).toHaveLength(2)
})
