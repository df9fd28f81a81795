import { expect, it } from 'vitest'
import { createEventLoopTurns } from './event-loop-turns.ts'

const nextRound = () => new Promise((resolve) => setImmediate(resolve))

/** Takes a turn for each client and returns the clients whose turn it was so far. */
function takeAll(clients: readonly string[]): readonly string[] {
  const turns = createEventLoopTurns()
  const taken: string[] = []
  for (const client of clients) void turns.take(client).then(() => taken.push(client))
  return taken
}

it('give one turn in each round of the event loop', async () => {
  const taken = takeAll(['a', 'b', 'c', 'd'])
  const counts: number[] = []
  for (let n = 0; n < 5; n += 1) {
    await nextRound()
    counts.push(taken.length)
  }
  // The first turn was free, and the next one may be in the same round as the first check.
  expect(counts.every((count, n) => count === Math.min(4, n + (counts[0] ?? 0)))).toBe(true)
  expect(counts[0]).toBeLessThanOrEqual(2)
})

it('serve clients in turn', async () => {
  const taken = takeAll(['a', 'a', 'a', 'a', 'b', 'c'])
  while (taken.length < 6) await nextRound()
  expect(taken).toEqual(['a', 'a', 'b', 'c', 'a', 'a'])
})

it('are free again when no client waits', async () => {
  const turns = createEventLoopTurns()
  await turns.take('a')
  await nextRound()
  await nextRound()
  let isTaken = false
  void turns.take('a').then(() => {
    isTaken = true
  })
  await Promise.resolve()
  expect(isTaken).toBe(true)
})
