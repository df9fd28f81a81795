import { expect, it } from 'vitest'
import { aBrowser, type Browser, formType, fromOurPage } from './support/browser.ts'
import { clearRates } from './support/emails.ts'
import type { TestApp } from './support/open-app.ts'
import { anAccountWithAuthenticator, sendCode } from './support/second-factors.ts'
import { minDetectable, probabilityAbove, timeOf, timesOf } from './support/timing.ts'
import { anApp } from './support/use-app.ts'

type Fields = Readonly<Record<string, string>>

/** Sends the fields with one CSRF token, as often as it is called, and expects a rejection. */
async function aRejectedForm(app: TestApp, browser: Browser, path: string) {
  const csrf_token = await browser.csrfToken(path)
  const headers = [...formType, ...fromOurPage(app)]
  return (fields: Fields) => () =>
    timeOf(async () => {
      const body = new URLSearchParams({ csrf_token, ...fields }).toString()
      const { status } = await browser.send(path, { method: 'POST', headers, body })
      expect(status).toBe(401)
    })
}

async function differenceOf(kinds: Parameters<typeof timesOf>[0], reset: () => Promise<void>) {
  const [first = [], second = []] = (await timesOf(kinds, 200, reset)).values()
  return Math.abs(probabilityAbove(first, second) - 0.5)
}

it('both steps take the same time with and without factors, and for each reason (V6.3.8)', async () => {
  await using app = await anApp('sqlite')
  const plain = await app.account()
  const { account, authenticator } = await anAccountWithAuthenticator(app)
  const visitor = aBrowser(app)
  const password = await aRejectedForm(app, visitor, '/login')
  const wrong = { password: 'wrong' }
  const firstStep = await differenceOf(
    {
      'without factors': password({ ...wrong, email: plain.email }),
      'with an authenticator': password({ ...wrong, email: account.email }),
    },
    async () => {
      await app.storage.query('DELETE FROM attempts')
    },
  )
  expect(firstStep).toBeLessThan(minDetectable)

  const used = authenticator.code()
  const owner = aBrowser(app)
  await owner.signIn(account)
  await sendCode(owner, authenticator)
  await visitor.signIn(account)
  const code = await aRejectedForm(app, visitor, '/login/second-factor')
  const form = { method: 'authenticator' }
  const secondStep = await differenceOf(
    {
      'a wrong code': code({ ...form, code: authenticator.wrongCode() }),
      'a used code': code({ ...form, code: used }),
    },
    async () => {
      await app.storage.query('DELETE FROM attempts')
      await app.storage.query('UPDATE session_pending_sign_ins SET attempts = 0')
      await clearRates(app)
    },
  )
  expect(secondStep).toBeLessThan(minDetectable)
}, 120_000)
