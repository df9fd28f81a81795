import { z } from 'zod'

/** The requested part of a list. */
export interface Paging {
  /** 1 to 100. */
  readonly limit: number
  readonly offset: number
  /** Search text; empty for all. */
  readonly query: string
}

const limit = integerBetween([1, 100]).default(20)
const offset = integerBetween([0, 1_000_000_000]).default(0)
const query = z.string().max(200, 'Use at most 200 characters.').default('')

/** The query parameters of a list in the API. Invalid values are rejected. */
export const pagingSchema = z
  .object({ limit, offset, q: query })
  .transform(({ q, ...rest }): Paging => ({ ...rest, query: q }))

/** The same for a page. Invalid values, for example in an edited URL, fall back to the defaults. */
export function pagingOrDefault(parameters: Readonly<Record<string, string>>): Paging {
  return {
    limit: limit.catch(20).parse(parameters.limit),
    offset: offset.catch(0).parse(parameters.offset),
    query: query.catch('').parse(parameters.q),
  }
}

function integerBetween([min, max]: readonly [number, number]) {
  const message = `Use a whole number from ${min} to ${max}.`
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
}
