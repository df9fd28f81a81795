import { expect } from 'vitest'
import type { Browser } from './browser.ts'

/** The body of a 400 that names exactly these fields. */
export const invalid = (...fields: readonly string[]) => ({
  error: {
    code: 'invalid_request',
    message: expect.any(String),
    request_id: expect.any(String),
    fields: Object.fromEntries(fields.map((field) => [field, expect.any(String)])),
  },
})

/** Creates a link through the API and returns its short code. */
export async function createLink(browser: Browser, body: object): Promise<string> {
  const answer = await browser.call('POST', '/api/urls', body)
  return /"short_code":"([^"]+)"/.exec(answer.body)?.[1] ?? `not created: ${answer.body}`
}

/** Creates a link through the API. Throws if that fails. */
export async function shorten(browser: Browser, fields: object): Promise<void> {
  const answer = await browser.call('POST', '/api/urls', fields)
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`)
}
