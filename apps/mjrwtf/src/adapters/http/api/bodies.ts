import { z } from 'zod'

const text = z.string('Send text.')

/** Body of POST /api/urls. Closed: an unknown field is refused. */
export const createBody = z.strictObject({
  original_url: text.describe('Where the link leads, with https:// or http://.'),
  short_code: text.nullish().describe('3 to 20 letters, digits, - or _. Left out, one is made.'),
  expires_at: text.nullish().describe('RFC 3339, in the future. Left out, the link never expires.'),
})

/** Body of PATCH /api/urls/{code}: what is absent stays as it is. */
export const patchBody = z.strictObject({
  original_url: text.optional().describe('Left out, it stays.'),
  expires_at: text.nullable().optional().describe('null for never. Left out, it stays.'),
})
