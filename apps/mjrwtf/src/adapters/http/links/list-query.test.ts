import { describe, expect, it } from 'vitest'
import { cursorText } from '../responses/cursor.ts'
import { listQueryOrDefault, listQuerySchema, selectionFields, toFilter } from './list-query.ts'

const sort = { by: 'created', isDescending: true }
const all = {
  limit: 20,
  offset: 0,
  query: '',
  cursor: null,
  tag: '',
  state: null,
  from: '',
  to: '',
}

describe('query parameters of lists of links', () => {
  it('default to the first 20 of all links, newest first', () => {
    expect(listQuerySchema.parse({})).toEqual({ ...all, sort })
    expect(listQueryOrDefault({})).toEqual({ ...all, sort })
  })

  it.each([
    { limit: '1', offset: '0', q: 'a', tag: 'Menu', state: 'taken_down', sort: 'title' },
    { limit: '100', offset: '7', q: '', tag: '', state: 'active', sort: '-clicks' },
  ])('accept %j for the API and for pages', (texts) => {
    const parsed = listQuerySchema.parse(texts)
    expect(parsed).toMatchObject({ limit: Number(texts.limit), query: texts.q, tag: texts.tag })
    expect(listQueryOrDefault(texts)).toEqual(parsed)
    expect(selectionFields(parsed)).toEqual(
      Object.fromEntries(
        Object.entries(texts).filter(
          ([name, value]) => value !== '' && name !== 'limit' && name !== 'offset',
        ),
      ),
    )
  })

  it.each(['0', '101', '-1', '1.5', '1e1', ' 1', '', '99999999999999999999', 'all'])(
    'reject the limit %j in the API and replace it with the default on pages',
    (limit) => {
      expect(listQuerySchema.safeParse({ limit }).success).toBe(false)
      expect(listQueryOrDefault({ limit }).limit).toBe(20)
    },
  )

  it('replace only the invalid parameters on pages', () => {
    const invalid = { offset: 'x', sort: 'owner', state: 'removed', from: '2030-02-30', to: 'x' }
    const query = listQueryOrDefault({ limit: '5', q: 'menu', tag: 'x'.repeat(201), ...invalid })
    expect(query).toEqual({ ...all, sort, limit: 5, query: 'menu' })
  })

  it('accept a cursor only with a sort whose values it can have', () => {
    for (const [key, sorts] of [
      [1, ['created', '-clicks']],
      ['a', ['title', '-title']],
    ] as const) {
      const place = { key, position: 1 }
      const cursor = cursorText({ direction: 'older', index: 0, place })
      for (const name of ['created', '-clicks', 'title', '-title']) {
        const fits = sorts.some((each) => each === name)
        expect(listQuerySchema.safeParse({ cursor, sort: name }).success).toBe(fits)
        expect(listQueryOrDefault({ cursor, sort: name }).cursor !== null).toBe(fits)
      }
    }
  })

  it('select links by the days of their creation, both inclusive, and tags ignoring case', () => {
    const query = listQueryOrDefault({ tag: 'MENÜ', from: '2030-01-31', to: '2030-02-01' })
    expect(toFilter(query, 'UTC')).toEqual({
      tag: 'menü',
      state: null,
      createdFrom: Date.UTC(2030, 0, 31),
      createdBefore: Date.UTC(2030, 1, 2),
    })
    expect(toFilter(query, 'Asia/Tokyo')).toMatchObject({
      createdFrom: Date.UTC(2030, 0, 30, 15),
      createdBefore: Date.UTC(2030, 1, 1, 15),
    })
  })
})
