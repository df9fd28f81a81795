import type { Letter } from '../../src/application/ports/send-mail.ts'
import { aBrowser, type Browser } from './browser.ts'
import type { TestApp } from './open-app.ts'
import type { Answer } from './send.ts'

type Kind = Letter['kind']

/** The letters of a kind to an address, oldest first, once all that were asked for are written. */
export async function lettersTo(app: TestApp, email: string, kind?: Kind) {
  const letters = await app.writeLetters()
  return letters.filter(({ to, letter }) => to === email && (kind ?? letter.kind) === letter.kind)
}

/** The path of the link with a token in the newest letter of a kind, as it stands in its text. */
export async function linkTo(app: TestApp, email: string, kind: Kind): Promise<string> {
  const newest = (await lettersTo(app, email, kind)).at(-1)
  const [, path = ''] = /(\/(?:reset|verify)\?token=[\w-]+)/.exec(newest?.composed.text ?? '') ?? []
  if (path === '') throw new Error(`There is no letter ${kind} with a link to ${email}.`)
  return path
}

export function tokenOf(path: string): string {
  return path.split('token=')[1] ?? ''
}

/** Asks for a letter to reset the password, as somebody in a browser of their own. */
export async function forget(app: TestApp, email: string): Promise<Answer> {
  return aBrowser(app).submit('/forgot', { email })
}

/** A browser that has opened a mailed link, and stands at the page behind it. */
export async function opened(
  app: TestApp,
  path: string,
  browser: Browser = aBrowser(app),
): Promise<Browser> {
  const moved = await browser.open(path)
  if (moved.status !== 303) throw new Error(`${moved.status} instead of a redirect.`)
  return browser
}

/** Forgets every rate: those go by the machine's clock, which a test does not hold. */
export async function forgetRates(app: TestApp): Promise<void> {
  await app.storage.query('DELETE FROM rate_limits')
}
