import { shorten } from './api.ts'
import { aSignedInBrowser, type Browser, sessionCookieName } from './browser.ts'
import type { Account, TestApp } from './open-app.ts'
import type { RawHeaders, TestResponse } from './send.ts'

/** A signed-in user who is not the operator and owns links, clicks and events. */
export interface DeletionFixture {
  readonly browser: Browser
  readonly account: Account
  /** The first of two short codes. It has three clicks. */
  readonly code: string
  readonly otherCode: string
}

let fixtureCount = 0

export async function aDeletionFixture(app: TestApp): Promise<DeletionFixture> {
  // The first account is the operator's, which cannot be deleted while others exist.
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

/** Destinations of the user's links, unique per user. */
export function destinationsOf({ id }: Pick<Account, 'id'>): readonly string[] {
  return [`https://dest.test/${id}/one`, `https://dest.test/${id}/other`]
}

/** Inserts clicks on a link by direct SQL. */
export async function insertClicks(app: TestApp, code: string, count: number): Promise<void> {
  const clickTime = app.storage.kind === 'sqlite' ? '1000 + n' : 'to_timestamp(1000 + n)'
  await app.storage.query(`
    WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${count})
    INSERT INTO clicks (id, link_id, at)
    SELECT 'planted-' || n, links.id, ${clickTime} FROM counted
    JOIN links ON links.short_code = '${code}'`)
}

/** Deletes the account through the form. */
export function deleteAccount(
  browser: Browser,
  { email }: Pick<Account, 'email'>,
): Promise<TestResponse> {
  return browser.submit('/settings/delete', { email })
}

/** The session cookie of a browser, as a header for an attacker who copied it. */
export function stolenCookie(app: TestApp, browser: Browser): RawHeaders {
  return [['Cookie', `${sessionCookieName(app)}=${browser.sessionCookie()}`]]
}
