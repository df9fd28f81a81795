import { expect, it } from 'vitest'
import { aBrowser } from './support/browser.ts'
import { openForm } from './support/open-form.ts'
import { anAccountWithAuthenticator } from './support/second-factors.ts'
import { recordStatements } from './support/statement-recorder.ts'
import { anApp } from './support/use-app.ts'

it('the check of a factor adds two statements to a sign-in in two steps', async () => {
  using recorder = recordStatements()
  await using app = await anApp('sqlite')
  const { account, authenticator } = await anAccountWithAuthenticator(app)
  const browser = aBrowser(app)
  await browser.signIn(account)
  const form = await openForm(app, browser, { page: '/login/second-factor' })
  recorder.take()
  const answer = await form.send({ code: authenticator.code() })
  expect(answer.location).toBe('/dashboard')
  const statements = recorder.take().map(({ sql }) => sql.replaceAll('"', ''))
  const ofFactors = statements.filter((sql) => /\b(authenticators|recovery_codes)\b/.test(sql))
  expect(ofFactors.length, ofFactors.join()).toBe(2)
})
