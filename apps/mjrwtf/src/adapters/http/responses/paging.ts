import { z } from 'zod'
import { defaultLimit } from '../components/pagination.tsx'
import { parseLinkCursor } from './cursor.ts'

/** The requested part of a list. */
export interface Paging {
  /** 1 to 100. */
  readonly limit: number
  /** Number of entries to skip. */
  readonly offset: number
  /** Search text; empty for all. */
  readonly query: string
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

/** The query parameters of a list in the API. Invalid values are rejected. */
export const pagingSchema = z
  .object({ limit, offset, q: query, cursor })
  .refine(({ offset: skipped, cursor: start }) => skipped === 0 || start === null, {
    path: ['offset'],
    message: 'Use either offset or cursor.',
  })
  .transform(({ q, ...rest }) => ({ ...rest, query: q }))

/** The same for a page. Invalid values, for example in an edited URL, fall back to the defaults. */
export function pagingOrDefault(parameters: Readonly<Record<string, string>>): Paging {
  const skipped = /^\d+$/.test(parameters.offset ?? '') ? Number(parameters.offset) : 0
  return {
    limit: limit.catch(defaultLimit).parse(parameters.limit),
    offset: Math.min(skipped, maxOffset),
    query: query.catch('').parse(parameters.q),
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
