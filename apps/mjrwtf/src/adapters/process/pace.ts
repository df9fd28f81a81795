import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Pace, YieldToRequests } from '../../application/ports/pace.ts'

export const pace: Pace = async (step) => {
  const start = performance.now()
  const result = await step()
  // At least 1 ms, which also lets a database that answers synchronously yield to the event loop.
  await setTimeout(Math.ceil(performance.now() - start))
  return result
}

export const yieldToRequests: YieldToRequests = () => setImmediate()
