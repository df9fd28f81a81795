import type { RateLimit } from '../../domain/limits.ts'
import type { Milliseconds } from '../../domain/time.ts'

/** Whether a count had so many left, and how long its window goes on. */
export interface Taken {
  readonly status: 'taken' | 'spent'
  readonly wait: Milliseconds
}

interface Handful {
  left: number
  readonly until: number
}

/** Spends one by one what was taken from a shared count several at a time. */
export interface Handfuls {
  /** `null` lets one through, else how long until the window ends. */
  take(limit: RateLimit, key: string): Promise<Milliseconds | null>
  /** Forgets what is over. */
  purge(): void
}

/** `takeMany` takes a handful. Of many who wait for one at the same time it is asked once. */
export function createHandfuls(
  takeMany: (limit: RateLimit, key: string) => Promise<Taken>,
): Handfuls {
  const held = new Map<string, Handful>()
  const asked = new Map<string, Promise<Taken>>()

  function spend(id: string): boolean {
    const handful = held.get(id)
    if (handful === undefined || handful.left === 0 || Date.now() >= handful.until) return false
    handful.left -= 1
    return true
  }

  async function fill(id: string, limit: RateLimit, key: string): Promise<Taken> {
    try {
      const taken = await takeMany(limit, key)
      if (taken.status === 'taken') {
        held.set(id, { left: limit.handful ?? 1, until: Date.now() + taken.wait })
      }
      return taken
    } finally {
      asked.delete(id)
    }
  }

  function refill(id: string, limit: RateLimit, key: string): Promise<Taken> {
    const filling = asked.get(id) ?? fill(id, limit, key)
    asked.set(id, filling)
    return filling
  }

  return {
    async take(limit, key) {
      const id = `${limit.name}:${key}`
      while (!spend(id)) {
        const taken = await refill(id, limit, key)
        if (taken.status === 'spent') return taken.wait
      }
      return null
    },
    purge() {
      for (const [id, { left, until }] of held) {
        if (left === 0 || Date.now() >= until) held.delete(id)
      }
    },
  }
}
