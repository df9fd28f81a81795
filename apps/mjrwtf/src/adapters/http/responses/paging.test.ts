import { describe, expect, it } from 'vitest'
import { pagingOrDefault, pagingSchema } from './paging.ts'

describe('paging parameters', () => {
  it('default to the first 20 entries without a search', () => {
    expect(pagingSchema.parse({})).toEqual({ limit: 20, offset: 0, query: '', cursor: null })
    expect(pagingOrDefault({})).toEqual({ limit: 20, offset: 0, query: '' })
  })

  it.each([
    { limit: '1', offset: '0', q: 'a' },
    { limit: '100', offset: '7', q: '' },
  ])('accept %j for the API and for pages', ({ limit, offset, q }) => {
    const expected = { limit: Number(limit), offset: Number(offset), query: q }
    expect(pagingSchema.parse({ limit, offset, q })).toEqual({ ...expected, cursor: null })
    expect(pagingOrDefault({ limit, offset, q })).toEqual(expected)
  })

  it.each(['0', '101', '-1', '1.5', '1e1', ' 1', '', '99999999999999999999', 'all'])(
    'reject the limit %j in the API and replace it with the default on pages',
    (limit) => {
      expect(pagingSchema.safeParse({ limit }).success).toBe(false)
      expect(pagingOrDefault({ limit }).limit).toBe(20)
    },
  )

  it('replace only the invalid parameter on pages', () => {
    expect(pagingOrDefault({ limit: '5', offset: 'x', q: 'menu' })).toEqual({
      limit: 5,
      offset: 0,
      query: 'menu',
    })
  })
})
