import { expect, it } from 'vitest'
import { aBrowser, formType, fromOurPage } from './support/browser.ts'
import { clearRates } from './support/emails.ts'
import { minDetectable, probabilityAbove, timeOf, timesOf } from './support/timing.ts'
import { anApp } from './support/use-app.ts'

/**
 * Measured once: password-reset.integration.test.ts compares the repository calls on both
 * databases.
 */
it('reset requests take the same time for known, unknown and locked accounts (V6.3.8, CS-FP-1)', async () => {
  await using app = await anApp('postgres')
  const known = await app.account()
  const locked = await app.account()
  await aBrowser(app).signIn({ email: locked.email, password: 'wrong' })
  await app.storage.query('UPDATE attempts SET failures = 100')
  const browser = aBrowser(app)
  const csrf_token = await browser.csrfToken('/forgot')
  const headers = [...formType, ...fromOurPage(app)]
  const request = (email: string) => () =>
    timeOf(async () => {
      const body = new URLSearchParams({ csrf_token, email }).toString()
      const { location } = await browser.send('/forgot', { method: 'POST', headers, body })
      expect(location).toBe('/forgot')
    })
  const kinds = {
    known: request(known.email),
    unknown: request('unknown@users.test'),
    locked: request(locked.email),
  }
  const times = await timesOf(kinds, 200, async () => {
    await app.sendRequestedEmails()
    await clearRates(app)
    // The flash of the last response would grow.
    for (const name of browser.cookies.keys()) {
      if (name.includes('flash')) browser.cookies.delete(name)
    }
  })
  const [first = [], ...others] = times.values()
  const probabilities = others.map((other) => probabilityAbove(first, other))
  for (const probability of probabilities) {
    expect(Math.abs(probability - 0.5), `${probabilities}`).toBeLessThan(minDetectable)
  }
}, 120_000)
