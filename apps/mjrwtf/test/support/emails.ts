import type { Email } from '../../src/application/ports/send-mail.ts'
import { aBrowser, type Browser } from './browser.ts'
import type { TestApp } from './open-app.ts'
import type { TestResponse } from './send.ts'

type EmailKind = Email['kind']

/** The letters of a kind to an address, oldest first, once all that were asked for are written. */
export async function emailsTo(app: TestApp, email: string, kind?: EmailKind) {
  const emails = await app.sendRequestedEmails()
  return emails.filter(
    ({ to, email: sentEmail }) => to === email && (kind ?? sentEmail.kind) === sentEmail.kind,
  )
}

/** The path of the link with a token in the newest letter of a kind, as it stands in its text. */
export async function linkFor(app: TestApp, email: string, kind: EmailKind): Promise<string> {
  const newest = (await emailsTo(app, email, kind)).at(-1)
  const [, path = ''] = /(\/(?:reset|verify)\?token=[\w-]+)/.exec(newest?.composed.text ?? '') ?? []
  if (path === '') throw new Error(`There is no letter ${kind} with a link to ${email}.`)
  return path
}

export function tokenOf(path: string): string {
  return path.split('token=')[1] ?? ''
}

/** Asks for a letter to reset the password, as somebody in a browser of their own. */
export async function requestPasswordReset(app: TestApp, email: string): Promise<TestResponse> {
  return aBrowser(app).submit('/forgot', { email })
}

/** A browser that has opened a mailed link, and stands at the page behind it. */
export async function openedLink(
  app: TestApp,
  path: string,
  browser: Browser = aBrowser(app),
): Promise<Browser> {
  const redirect = await browser.open(path)
  if (redirect.status !== 303) throw new Error(`${redirect.status} instead of a redirect.`)
  return browser
}

/** Forgets every rate: those go by the machine's clock, which a test does not hold. */
export async function clearRates(app: TestApp): Promise<void> {
  await app.storage.query('DELETE FROM rate_limits')
}
