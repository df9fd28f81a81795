import { shorten } from './api.ts'
import { aSignedInBrowser, type Browser, sessionCookieName } from './browser.ts'
import type { Account, TestApp } from './open-app.ts'
import type { Answer, RawHeaders } from './send.ts'

/** Somebody signed in who is not the operator and has something to lose. */
export interface Leaver {
  readonly browser: Browser
  readonly account: Account
  /** The first of two short codes, with three clicks on it. */
  readonly code: string
  readonly otherCode: string
}

let leavers = 0

export async function aLeaver(app: TestApp): Promise<Leaver> {
  // Whoever is first runs the server, and is not free to go.
  if (!(await app.persistence.users.hasOperator())) await app.account()
  const browser = await aSignedInBrowser(app)
  leavers += 1
  const [code, otherCode] = [`leaver-${leavers}`, `leaver-${leavers}-b`]
  const [one = '', other = ''] = destinationsOf(browser.account)
  await shorten(browser, { original_url: one, short_code: code })
  await shorten(browser, { original_url: other, short_code: otherCode })
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
export async function plantClicks(app: TestApp, code: string, count: number): Promise<void> {
  const at = app.storage.kind === 'sqlite' ? '1000 + n' : 'to_timestamp(1000 + n)'
  await app.storage.query(`
    WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${count})
    INSERT INTO clicks (id, link_id, at)
    SELECT 'planted-' || n, links.id, ${at} FROM counted
    JOIN links ON links.short_code = '${code}'`)
}

/** Deletes the account by its form. */
export function deleteAccount(
  browser: Browser,
  { email }: Pick<Account, 'email'>,
): Promise<Answer> {
  return browser.submit('/settings/delete', { email })
}

/** The session cookie of a browser, for whoever has copied it. */
export function stolenCookie(app: TestApp, browser: Browser): RawHeaders {
  return [['Cookie', `${sessionCookieName(app)}=${browser.sessionCookie()}`]]
}
