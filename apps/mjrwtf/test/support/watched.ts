/** Sees every call of some objects' methods, and can make any of them fail. */
export interface Watch {
  /** `object.method`, in the order of the calls. */
  readonly calls: string[]
  /** Makes a method fail, as its real backend would, until `heal`. */
  fail(method: string, error: () => Error): void
  heal(): void
  /** The same object, watched. */
  over<Watched extends object>(name: string, watched: Watched): Watched
}

export function createWatch(): Watch {
  const calls: string[] = []
  const failures = new Map<string, () => Error>()

  function watchedCall(name: string, target: object, property: string | symbol): unknown {
    const method: unknown = Reflect.get(target, property)
    if (typeof method !== 'function') return method
    const key = `${name}.${String(property)}`
    return async (...given: readonly unknown[]) => {
      calls.push(key)
      const failure = failures.get(key) ?? failures.get(`${name}.*`)
      if (failure !== undefined) throw failure()
      return Reflect.apply(method, target, given)
    }
  }

  return {
    calls,
    fail: (method, error) => void failures.set(method, error),
    heal: () => failures.clear(),
    over: (name, watched) =>
      new Proxy(watched, { get: (target, property) => watchedCall(name, target, property) }),
  }
}
