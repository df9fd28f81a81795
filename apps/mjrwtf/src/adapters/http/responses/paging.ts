import { z } from 'zod'

/** Which part of a list is wanted. */
export interface Paging {
  /** 1 to 100. */
  readonly limit: number
  readonly offset: number
  /** Text to look for; empty for all. */
  readonly query: string
}

const limit = integerBetween([1, 100]).default(20)
const offset = integerBetween([0, 1_000_000_000]).default(0)
const query = z.string().max(200, 'Use at most 200 characters.').default('')

/** The query parameters of a list as the API takes them: a bad value is refused. */
export const pagingSchema = z
  .object({ limit, offset, q: query })
  .transform(({ q, ...rest }): Paging => ({ ...rest, query: q }))

/** The same for a page: a bad value in an address that somebody edited falls back to the default. */
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
