import { aSignedInBrowser, type Browser } from './browser.ts'
import type { Account, TestApp } from './open-app.ts'
import { type OpenForm, openForm } from './open-form.ts'
import type { TestResponse } from './send.ts'

/** A draft with hostile content, so that tests also cover how it is shown. */
export const draftFields = {
  original_url: `https://dest.test/?q="><script>alert(1)</script>`,
  short_code: 'half-done',
  expires_at: '2031-01-01T12:30',
}

/** Drafts as stored in the database. */
export const readDrafts = (app: TestApp) => app.storage.query('SELECT * FROM drafts')

/** The `next` parameter of a sign-in or reauthentication redirect. */
export function nextOf(location: string): string {
  return new URL(location, 'http://localhost').searchParams.get('next') ?? ''
}

/** Signs in on the page that a redirect leads to, with the `next` of that page. */
export function signInAt(
  browser: Browser,
  { location }: Pick<TestResponse, 'location'>,
  account: Account,
) {
  return browser.signIn(account, { next: nextOf(location) })
}

/** The draft fields of the form that creates links. */
export function draftFieldsOf({ fields }: OpenForm): object {
  const { original_url, short_code, expires_at } = fields
  return { original_url, short_code, expires_at }
}

/** A browser with the form open whose session has expired. */
export async function openInterruptedForm(app: TestApp, account?: Account) {
  const browser = await aSignedInBrowser(app, account)
  const form = await openForm(app, browser, { page: '/create' })
  app.clock.advance(31 * 60_000)
  return { browser, form, account: browser.account }
}
