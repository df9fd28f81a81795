import { expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { openForm } from './support/open-form.ts'
import { addPasskey, openPasskeyForm, sendPasskeyForm } from './support/passkeys.ts'
import { anAccountWithAuthenticator } from './support/second-factors.ts'
import { recordStatements } from './support/statement-recorder.ts'
import { anApp } from './support/use-app.ts'

const page = '/login/second-factor'

/** The tables of factors, among which the counter of failures is not: each password has one too. */
const ofFactors = /\b(authenticators|recovery_codes|passkeys|used_challenges)\b/

it('the check of a code adds two statements to a sign-in, that of a passkey three', async () => {
  using recorder = recordStatements()
  await using app = await anApp('sqlite')
  const statements = () =>
    recorder.take().filter(({ sql }) => ofFactors.test(sql.replaceAll('"', ''))).length
  const { account, authenticator } = await anAccountWithAuthenticator(app)
  const client = { ipAddress: null, userAgent: null }
  const created = await app.features.recoveryCodes.create({
    user: account,
    client,
    sessionId: null,
  })
  const [recoveryCode = ''] = created.status === 'created' ? created.codes : []
  app.clock.advance(1)

  const codes = [
    [page, authenticator.code()],
    [`${page}?method=recovery-code`, recoveryCode],
  ] as const
  for (const [path, code] of codes) {
    const browser = aBrowser(app)
    await browser.signIn(account)
    const form = await openForm(app, browser, { page: path })
    statements()
    expect((await form.send({ code })).location, path).toBe('/dashboard')
    expect(statements(), path).toBe(2)
  }

  const owner = await aSignedInBrowser(app)
  const passkey = await addPasskey(app, owner)
  app.clock.advance(1)
  const browser = aBrowser(app)
  await browser.signIn(owner.account)
  const form = await openPasskeyForm(browser, page)
  const response = passkey.assert(form.options)
  statements()
  expect((await sendPasskeyForm(app, browser, { form, response })).location).toBe('/dashboard')
  expect(statements()).toBe(3)
})
