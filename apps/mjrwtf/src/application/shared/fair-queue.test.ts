import { expect, it } from 'vitest'
import { createFairQueue, type FairQueue } from './fair-queue.ts'

/** Pushes an item named `client/number`. */
function push(queue: FairQueue<string>, item: string) {
  const [client = ''] = item.split('/')
  return queue.push(item, client)
}

function shiftAll(queue: FairQueue<string>): readonly string[] {
  const item = queue.shift()
  return item === null ? [] : [item, ...shiftAll(queue)]
}

function aQueue(max: number, items: readonly string[]): FairQueue<string> {
  const queue = createFairQueue<string>({ max })
  for (const item of items) push(queue, item)
  return queue
}

it('serves clients in turn and each in its own order', () => {
  const queue = aQueue(9, ['a/1', 'a/2', 'a/3', 'b/1', 'c/1', 'c/2'])
  expect(queue.shift()).toBe('a/1')
  push(queue, 'd/1')
  expect(shiftAll(queue)).toEqual(['b/1', 'c/1', 'a/2', 'd/1', 'c/2', 'a/3'])
  expect([queue.size(), queue.shift()]).toEqual([0, null])
})

it('rejects the newest item of the client with most when it is full', () => {
  const queue = aQueue(4, ['a/1', 'a/2', 'a/3', 'b/1'])
  expect(push(queue, 'c/1')).toEqual({ status: 'queued', rejected: 'a/3' })
  expect(shiftAll(queue)).toEqual(['a/1', 'b/1', 'c/1', 'a/2'])
})

it.each([
  { items: ['a/1', 'a/2', 'a/3'], next: 'a/4', name: 'of the client with most' },
  { items: ['a/1', 'a/2', 'b/1'], next: 'b/2', name: 'of a client that would then have most' },
  { items: ['a/1', 'b/1', 'c/1'], next: 'd/1', name: 'of a new client if each has one' },
])('is full for an item $name', ({ items, next }) => {
  const queue = aQueue(3, items)
  expect(push(queue, next)).toEqual({ status: 'full' })
  expect(queue.size()).toBe(3)
})

it('removes an item once, wherever it is', () => {
  const queue = aQueue(9, ['a/1', 'a/2', 'b/1'])
  queue.remove('a/1')
  queue.remove('a/1')
  queue.remove('b/1')
  queue.remove('unknown')
  expect(shiftAll(queue)).toEqual(['a/2'])
})
