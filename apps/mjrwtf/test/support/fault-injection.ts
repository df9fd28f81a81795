/** Records every call of the wrapped objects' methods, and can make any of them fail or wait. */
export interface Faults {
  /** `object.method`, in call order. */
  readonly calls: string[]
  /** Makes a method fail as its real backend would, until `restore`. */
  fail(method: string, error: () => Error): void
  restore(): void
  /** Makes the next call of a method wait until `release`. */
  block(method: string): BlockedCall
  /** The same object with fault injection. */
  wrap<Target extends object>(name: string, target: Target): Target
}

export interface BlockedCall {
  /** Resolves when the call has arrived. */
  readonly reached: Promise<void>
  release(): void
}

export function createFaults(): Faults {
  const calls: string[] = []
  const failures = new Map<string, () => Error>()
  const blocks = new Map<string, () => Promise<void>>()

  function interceptCall(name: string, target: object, property: string | symbol): unknown {
    const method: unknown = Reflect.get(target, property)
    if (typeof method !== 'function') return method
    const key = `${name}.${String(property)}`
    return async (...args: readonly unknown[]) => {
      calls.push(key)
      const wait = blocks.get(key)
      blocks.delete(key)
      await wait?.()
      const failure = failures.get(key) ?? failures.get(`${name}.*`)
      if (failure !== undefined) throw failure()
      return Reflect.apply(method, target, args)
    }
  }

  return {
    calls,
    fail: (method, error) => void failures.set(method, error),
    block(method) {
      const { promise: reached, resolve: arrive } = Promise.withResolvers<void>()
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      blocks.set(method, () => {
        arrive()
        return released
      })
      return { reached, release }
    },
    restore: () => failures.clear(),
    wrap: (name, wrapped) =>
      new Proxy(wrapped, { get: (target, property) => interceptCall(name, target, property) }),
  }
}
