import { expect, it } from 'vitest'
import type { Subscriber } from '../../../application/sessions/session-end-notifier.ts'
import { openEventStream } from './event-stream.ts'

/** Opens a stream without a reader. */
function open(bufferedBytes: () => number): { readonly tab: Subscriber } {
  const tabs: Subscriber[] = []
  const subscribe = (tab: Subscriber) => {
    tabs.push(tab)
    return () => {}
  }
  expect(openEventStream({ subscribe, endReasonText: () => null, bufferedBytes })).not.toBeNull()
  const [tab] = tabs
  if (tab === undefined) throw new Error('The tab was not subscribed.')
  return { tab }
}

it('reports a client that does not read after a few heartbeats', () => {
  const { tab } = open(() => 0)
  const heartbeats = Array.from({ length: 12 }, () => tab.heartbeat())
  expect([heartbeats.indexOf(false), heartbeats.lastIndexOf(true)]).toEqual([8, 7])
})

it('reports a client for which the response buffers more than 4 KiB', () => {
  let buffered = 4_096
  const { tab } = open(() => buffered)
  expect(tab.heartbeat()).toBe(true)
  buffered += 1
  expect(tab.heartbeat()).toBe(false)
})
