import { z } from 'zod'

const text = z.string('Send text.')

/** Body of POST /api/urls. Closed: an unknown field is refused. */
export const createBody = z.strictObject({
  original_url: text,
  short_code: text.nullish(),
  expires_at: text.nullish(),
})

/** Body of PATCH /api/urls/{code}: what is absent stays as it is. */
export const patchBody = z.strictObject({
  original_url: text.optional(),
  expires_at: text.nullable().optional(),
})
