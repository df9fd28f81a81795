import { z } from 'zod'

const text = z.string('Send text.')

/** Body of POST /api/urls. Unknown fields are rejected. */
export const createBody = z.strictObject({
  original_url: text.describe('Destination URL, starting with https:// or http://.'),
  short_code: text
    .nullish()
    .describe('3 to 20 letters, digits, hyphens or underscores. Omit to get a random code.'),
  expires_at: text.nullish().describe('RFC 3339, in the future. Omit to keep the link forever.'),
})

/** Body of PATCH /api/urls/{code}. Absent fields stay unchanged. */
export const patchBody = z.strictObject({
  original_url: text.optional().describe('New destination URL. Omit to leave unchanged.'),
  expires_at: text
    .nullable()
    .optional()
    .describe('RFC 3339, in the future; null for never. Omit to leave unchanged.'),
})
