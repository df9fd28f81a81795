/** Sees every call of some objects' methods, and can make any of them fail. */
export interface Watch {
  /** `object.method`, in the order of the calls. */
  readonly calls: string[]
  /** Makes a method fail, as its real backend would, until `heal`. */
  fail(method: string, error: () => Error): void
  heal(): void
  /** Makes the next call of a method wait until it is let go. */
  hold(method: string): Held
  /** The same object, watched. */
  over<Watched extends object>(name: string, watched: Watched): Watched
}

export interface Held {
  /** Settles when the call has come. */
  readonly reached: Promise<void>
  letGo(): void
}

export function createWatch(): Watch {
  const calls: string[] = []
  const failures = new Map<string, () => Error>()
  const holds = new Map<string, () => Promise<void>>()

  function watchedCall(name: string, target: object, property: string | symbol): unknown {
    const method: unknown = Reflect.get(target, property)
    if (typeof method !== 'function') return method
    const key = `${name}.${String(property)}`
    return async (...given: readonly unknown[]) => {
      calls.push(key)
      const wait = holds.get(key)
      holds.delete(key)
      await wait?.()
      const failure = failures.get(key) ?? failures.get(`${name}.*`)
      if (failure !== undefined) throw failure()
      return Reflect.apply(method, target, given)
    }
  }

  return {
    calls,
    fail: (method, error) => void failures.set(method, error),
    hold(method) {
      const { promise: reached, resolve: arrive } = Promise.withResolvers<void>()
      const { promise: free, resolve: letGo } = Promise.withResolvers<void>()
      holds.set(method, () => {
        arrive()
        return free
      })
      return { reached, letGo }
    },
    heal: () => failures.clear(),
    over: (name, watched) =>
      new Proxy(watched, { get: (target, property) => watchedCall(name, target, property) }),
  }
}
