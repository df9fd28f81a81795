import { shorten } from './api.ts'
import { aSignedInBrowser, type Browser, sessionCookieName } from './browser.ts'
import type { Account, TestApp } from './open-app.ts'
import type { RawHeaders, TestResponse } from './send.ts'

/** Somebody signed in who is not the operator and has something to lose. */
export interface DeletionFixture {
  readonly browser: Browser
  readonly account: Account
  /** The first of two short codes, with three clicks on it. */
  readonly code: string
  readonly otherCode: string
}

let fixtureCount = 0

export async function aDeletionFixture(app: TestApp): Promise<DeletionFixture> {
  // Whoever is first runs the server, and is not free to go.
  if (!(await app.persistence.users.hasOperator())) await app.account()
  const browser = await aSignedInBrowser(app)
  fixtureCount += 1
  const [code, otherCode] = [`leaver-${fixtureCount}`, `leaver-${fixtureCount}-b`]
  const [firstDestination = '', secondDestination = ''] = destinationsOf(browser.account)
  await shorten(browser, { original_url: firstDestination, short_code: code })
  await shorten(browser, { original_url: secondDestination, short_code: otherCode })
  for (let n = 0; n < 3; n += 1) await app.send(`/${code}`)
  await app.flushClicks()
  await app.flushSecurityEvents()
  return { browser, account: browser.account, code, otherCode }
}

/** Where the links of a leaver lead, each by a name of its own. */
export function destinationsOf({ id }: Pick<Account, 'id'>): readonly string[] {
  return [`https://dest.test/${id}/one`, `https://dest.test/${id}/other`]
}

/** Puts clicks on a link, past the app. */
export async function insertClicks(app: TestApp, code: string, count: number): Promise<void> {
  const clickTime = app.storage.kind === 'sqlite' ? '1000 + n' : 'to_timestamp(1000 + n)'
  await app.storage.query(`
    WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${count})
    INSERT INTO clicks (id, link_id, at)
    SELECT 'planted-' || n, links.id, ${clickTime} FROM counted
    JOIN links ON links.short_code = '${code}'`)
}

/** Deletes the account by its form. */
export function deleteAccount(
  browser: Browser,
  { email }: Pick<Account, 'email'>,
): Promise<TestResponse> {
  return browser.submit('/settings/delete', { email })
}

/** The session cookie of a browser, for whoever has copied it. */
export function stolenCookie(app: TestApp, browser: Browser): RawHeaders {
  return [['Cookie', `${sessionCookieName(app)}=${browser.sessionCookie()}`]]
}
