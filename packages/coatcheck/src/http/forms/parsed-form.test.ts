import { describe, expect, it } from 'vitest'
import { toFormData } from './parsed-form.ts'

function entries(form: object) {
  return [...toFormData(form)]
}

describe('toFormData', () => {
  it('takes text and lists of text of an object, and nothing else', () => {
    const body = { a: 'ü', b: ['1', '2', 3], c: 4, d: null, e: { f: 'g' }, h: Buffer.from('i') }
    expect(entries(body)).toEqual([
      ['a', 'ü'],
      ['b', '1'],
      ['b', '2'],
    ])
    expect(entries(Object.assign(Object.create(null), { a: '1' }))).toEqual([['a', '1']])
  })

  it('ignores inherited properties', () => {
    expect(entries(Object.create({ csrf_token: 'polluted' }))).toEqual([])
  })

  it('takes all fields of FormData and URLSearchParams', () => {
    const form = new FormData()
    form.append('a', '1')
    expect(toFormData(form)).toBe(form)
    expect(entries(new URLSearchParams('a=1&a=2'))).toEqual([
      ['a', '1'],
      ['a', '2'],
    ])
  })

  it('takes nothing of bytes and lists', () => {
    expect([...entries(Buffer.from('csrf_token=x')), ...entries(['csrf_token'])]).toEqual([])
  })
})
