import { expect } from 'vitest'
import type { Browser } from './browser.ts'

/** The body of a 400 that names just these fields. */
export const invalid = (...fields: readonly string[]) => ({
  error: {
    code: 'invalid_request',
    message: expect.any(String),
    request_id: expect.any(String),
    fields: Object.fromEntries(fields.map((field) => [field, expect.any(String)])),
  },
})

/** Makes a link by a script of ours and returns its short code. */
export async function createLink(browser: Browser, body: object): Promise<string> {
  const answer = await browser.call('POST', '/api/urls', body)
  return /"short_code":"([^"]+)"/.exec(answer.body)?.[1] ?? `not made: ${answer.body}`
}

/** Makes a link that the test takes for granted. */
export async function shorten(browser: Browser, fields: object): Promise<void> {
  const answer = await browser.call('POST', '/api/urls', fields)
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`)
}
