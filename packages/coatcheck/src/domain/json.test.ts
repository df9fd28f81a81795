import { expect, it } from 'vitest'
import { createSessions, type JsonValue, type Sessions } from '../index.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

const store = createMemorySessionStore()

declare const brand: unique symbol
type ProductId = string & { readonly [brand]: true }

interface Product {
  readonly id: ProductId
  readonly price?: number
  readonly tags: readonly string[]
  readonly related: Product[]
}

interface Cart {
  items: Product[]
  state: 'open' | 'paid' | null
  size?: readonly [width: number, height: number]
  extra: Record<string, JsonValue>
  checkedByApp: unknown
}

class Money {
  readonly cents = 5
  format(): string {
    return `${this.cents}`
  }
}

/** Compiles only if the type is exactly the expected one. */
function expectType<Expected>() {
  return <Actual>(_value: Actual, ..._same: Same<Expected, Actual>): void => {}
}
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? [] : [never]

it('interfaces, unions, branded strings, optional and readonly parts are storable', () => {
  const cart: Cart = { items: [], state: null, extra: {}, checkedByApp: 1 }
  const sessions = createSessions<Cart>({ store, data: { initial: cart } })
  const inferred = createSessions({ store, data: { initial: cart } })
  const literal = createSessions({ store, data: { initial: { theme: 'light', count: 0 } } })
  const empty = createSessions({ store, data: { initial: {} } })

  expectType<Sessions<Cart>>()(sessions)
  expectType<Sessions<Cart>>()(inferred)
  expectType<Sessions<{ theme: string; count: number }>>()(literal)
  expect([sessions, inferred, literal, empty]).toHaveLength(4)
})

it('values that JSON cannot carry fail to compile and are rejected when the sessions are created', () => {
  const rejected = [
    // @ts-expect-error A session cannot store a Date.
    () => createSessions({ store, data: { initial: { addedAt: new Date() } } }),
    // @ts-expect-error A session cannot store a Date, in any depth.
    () => createSessions({ store, data: { initial: { cart: [{ addedAt: new Date() }] } } }),
    // @ts-expect-error A session cannot store a Date, also not under the name of a method of strings.
    () => createSessions({ store, data: { initial: { at: new Date(), length: new Date() } } }),
    // @ts-expect-error A session cannot store a Map.
    () => createSessions({ store, data: { initial: { byId: new Map<string, number>() } } }),
    // @ts-expect-error A session cannot store a Set.
    () => createSessions({ store, data: { initial: { tags: new Set<string>() } } }),
    // @ts-expect-error A session cannot store a bigint.
    () => createSessions({ store, data: { initial: { total: 1n } } }),
    // @ts-expect-error A session cannot store undefined in an array.
    () => createSessions({ store, data: { initial: { list: [undefined, 1] } } }),
    // @ts-expect-error A session cannot store a function.
    () => createSessions({ store, data: { initial: { run: () => 1 } } }),
    // @ts-expect-error A session cannot store a symbol.
    () => createSessions({ store, data: { initial: { kind: Symbol('s') } } }),
    // @ts-expect-error A session cannot store a property named by a symbol.
    () => createSessions({ store, data: { initial: { [Symbol.iterator]: 1 } } }),
    // @ts-expect-error A session cannot store a buffer.
    () => createSessions({ store, data: { initial: { bytes: new Uint8Array(1) } } }),
    // @ts-expect-error A session cannot store the methods of a class.
    () => createSessions({ store, data: { initial: { price: new Money() } } }),
    () =>
      createSessions<{ addedAt?: Date }>({
        store,
        // @ts-expect-error An optional Date is a Date.
        data: { initial: { addedAt: new Date() } },
      }),
  ]

  for (const create of rejected) {
    expect(create).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  }
})

it('a type whose data cannot be stored fails to compile although the initial value lacks it', () => {
  interface Visits {
    readonly last?: Date
    readonly total: number
  }
  interface Log {
    readonly entries: readonly { readonly at: Date }[]
  }
  // @ts-expect-error A session cannot store a Date.
  const visits = createSessions<Visits>({ store, data: { initial: { total: 0 } } })
  // @ts-expect-error A session cannot store a Date.
  const log = createSessions<Log>({ store, data: { initial: { entries: [] } } })
  // @ts-expect-error A session cannot store a Date.
  const byId = createSessions<Record<string, Date>>({ store, data: { initial: {} } })
  // @ts-expect-error A session cannot store a Date.
  const byNumber = createSessions<Record<number, Date>>({ store, data: { initial: {} } })
  expect([visits, log, byId, byNumber]).toHaveLength(4)
})
