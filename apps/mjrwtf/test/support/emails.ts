import type { Email } from '../../src/application/ports/email.ts'
import { aBrowser, type Browser } from './browser.ts'
import type { TestApp } from './open-app.ts'
import type { TestResponse } from './send.ts'

type EmailKind = Email['kind']

/**
 * The emails of a kind to an email address, oldest first, after all requested ones are composed.
 */
export async function emailsTo(app: TestApp, email: string, kind?: EmailKind) {
  const emails = await app.sendRequestedEmails()
  return emails.filter(
    ({ to, email: sentEmail }) => to === email && (kind ?? sentEmail.kind) === sentEmail.kind,
  )
}

/** The path of the link in the newest email of a kind. */
export async function linkFor(app: TestApp, email: string, kind: EmailKind): Promise<string> {
  const newest = (await emailsTo(app, email, kind)).at(-1)
  const [, path = ''] = /(\/(?:reset|verify)\?token=[\w-]+)/.exec(newest?.composed.text ?? '') ?? []
  if (path === '') throw new Error(`No ${kind} email with a link to ${email}.`)
  return path
}

export function tokenOf(path: string): string {
  return path.split('token=')[1] ?? ''
}

/** Requests a password reset email from a new browser. */
export async function requestPasswordReset(app: TestApp, email: string): Promise<TestResponse> {
  return aBrowser(app).submit('/forgot', { email })
}

/** A browser that has followed an email link to the page behind it. */
export async function openedLink(
  app: TestApp,
  path: string,
  browser: Browser = aBrowser(app),
): Promise<Browser> {
  const redirect = await browser.open(path)
  if (redirect.status !== 303) throw new Error(`${redirect.status} instead of a redirect.`)
  return browser
}

/** Deletes all rate limit counts: they use the machine's clock, which a test does not control. */
export async function clearRates(app: TestApp): Promise<void> {
  await app.storage.query('DELETE FROM rate_limits')
}
