import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { requireJson } from './require-json.ts'

class Money {
  readonly cents = 5
}

function cyclic(): object {
  const node = {}
  return Object.assign(node, { parent: { node } })
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let n = 0; n < depth; n += 1) value = [value]
  return value
}

describe('requireJson', () => {
  it.each([
    [
      { cart: [1, 2, { addedAt: new Date(0) }] },
      'data.cart[2].addedAt is a Date: store a number or an ISO string',
    ],
    [new Date(Number.NaN), 'data is a Date: store a number or an ISO string'],
    [{ tags: new Set(['a']) }, 'data.tags is a Set: store an array'],
    [{ byId: new Map() }, 'data.byId is a Map: store an object'],
    [{ total: 5n }, 'data.total is a bigint: store a string'],
    [{ list: [1, undefined] }, 'data.list[1] is undefined: store null'],
    [{ list: new Array(2) }, 'data.list[0] is undefined: store null'],
    [undefined, 'data is undefined: store null'],
    [{ run: () => 1 }, 'data.run is a function: store its result'],
    [{ kind: Symbol('s') }, 'data.kind is a symbol: store a string'],
    [{ [Symbol('s')]: 1 }, 'data has a property named by a symbol: use a string'],
    [{ price: new Money() }, 'data.price is a Money: store a plain object'],
    [{ url: new URL('https://a.test') }, 'data.url is a URL: store a plain object'],
    [{ error: new Error('x') }, 'data.error is an Error: store a plain object'],
    [{ pattern: /a/ }, 'data.pattern is a RegExp: store a plain object'],
    [{ wait: Promise.resolve() }, 'data.wait is a Promise: store a plain object'],
    [{ text: Object('boxed') }, 'data.text is a String: store a plain object'],
    [{ custom: { toJSON: () => 1 } }, 'data.custom has a method toJSON: store its result'],
    [{ ratio: 0 / 0 }, 'data.ratio is NaN: store a finite number or null'],
    [{ ratio: 1 / 0 }, 'data.ratio is Infinity: store a finite number or null'],
    [{ bytes: new Uint8Array(1) }, 'data.bytes is a Uint8Array: store a base64 string'],
    [{ bytes: Buffer.from('a') }, 'data.bytes is a Buffer: store a base64 string'],
    [{ bytes: new ArrayBuffer(1) }, 'data.bytes is an ArrayBuffer: store a base64 string'],
    [{ match: 'ab'.match(/b/) }, 'data.match has properties besides its items: store an object'],
    [cyclic(), 'data.parent.node contains itself: store an id instead'],
    [{ 'a b': { '': 1n } }, 'data["a b"][""] is a bigint: store a string'],
    [{ ['k'.repeat(99)]: 1n }, `data["${'k'.repeat(40)}…"] is a bigint: store a string`],
    [nested(101), /^data(\[0\]){100} is nested more than 100 levels deep: store it flat$/],
    [nested(100_000), /nested more than 100 levels deep/],
  ])('rejects %o and names the path', (value, message) => {
    expect(() => requireJson(value, 'data')).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    )
  })

  it.each([
    'text',
    0,
    -0,
    Number.MAX_VALUE,
    true,
    null,
    [],
    {},
    [[], [null]],
    { optional: undefined, nested: { optional: undefined } },
    'a\u0000b',
    'lone \ud800 surrogate',
    JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toJSON":2}'),
    Object.assign(Object.create(null), { a: 1 }),
    runInNewContext('({ list: [1, { a: null }] })'),
    nested(100),
    [Object.freeze({ shared: 1 })],
  ])('accepts %o, which comes back from JSON', (value) => {
    expect(() => requireJson(value, 'data')).not.toThrow()
    const text = JSON.stringify(value)
    expect(JSON.stringify(JSON.parse(text))).toBe(text)
  })

  it('accepts an object that occurs twice without containing itself', () => {
    const address = { city: 'Bern' }
    expect(() => requireJson({ from: address, to: address }, 'data')).not.toThrow()
  })

  it('rejects a class and a Date of another realm', () => {
    const foreign = runInNewContext('({ date: new Date(0), own: new (class Own {})() })')
    expect(() => requireJson(foreign.date, 'data')).toThrow('data is a Date')
    expect(() => requireJson(foreign.own, 'data')).toThrow('data is an Own')
  })
})
