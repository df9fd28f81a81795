import { z } from 'zod'
import type { LinkPlace } from '../../../application/ports/link-list.ts'
import { defaultLimit } from '../components/pagination.tsx'
import { type Cursor, parseLinkCursor } from './cursor.ts'

/** The requested part of a list. */
export interface Paging {
  /** 1 to 100. */
  readonly limit: number
  /** Number of entries to skip. */
  readonly offset: number
  /** Search text; empty for all. */
  readonly query: string
  /** Where the page starts. Replaces `offset`. */
  readonly cursor: Cursor<LinkPlace> | null
}

/** Skipped entries are read too, though from an index only. Cursors reach the rest of a list. */
export const maxOffset = 10_000

const limit = integerBetween([1, 100]).default(defaultLimit)
const offset = integerBetween([0, maxOffset], ', or next_cursor as the cursor').default(0)
const query = z.string().max(200, 'Use at most 200 characters.').default('')
const cursor = z
  .string()
  .transform((text, context) => {
    const parsed = parseLinkCursor(text)
    if (parsed === null) context.addIssue('Use the next_cursor of a response.')
    return parsed
  })
  .default(null)

/** The query parameters of a page of a list in the API. Invalid values are rejected. */
export const pagingFields = { limit, offset, q: query, cursor }

/** The same for a page. Invalid values, for example in an edited URL, fall back to the defaults. */
export function pagingOrDefault(parameters: Readonly<Record<string, string>>): Paging {
  const skipped = /^\d+$/.test(parameters.offset ?? '') ? Number(parameters.offset) : 0
  return {
    limit: limit.catch(defaultLimit).parse(parameters.limit),
    offset: Math.min(skipped, maxOffset),
    query: query.catch('').parse(parameters.q),
    cursor: parseLinkCursor(parameters.cursor ?? ''),
  }
}

function integerBetween([min, max]: readonly [number, number], alternative = '') {
  const message = `Use a whole number from ${min} to ${max}${alternative}.`
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
}
