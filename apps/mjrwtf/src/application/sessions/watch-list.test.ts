import { describe, expect, it } from 'vitest'
import type { SessionStatus } from '../ports/user-sessions.ts'
import {
  applyCheck,
  countSubscribers,
  dueSessions,
  subscribe,
  unsubscribe,
  type WatchList,
} from './watch-list.ts'

const now = 1_000
const limits = { maxPerSession: 2, max: 4 }

/** A list with the given subscribers by session. All sessions are checked at 5 000. */
function listOf(subscribers: Readonly<Record<string, readonly string[]>>): WatchList<string> {
  const entries = Object.entries(subscribers)
  return new Map(entries.map(([id, names]) => [id, { subscribers: names, checkAt: 5_000 }]))
}

function subscribersOf(list: WatchList<string>) {
  return Object.fromEntries([...list].map(([id, { subscribers }]) => [id, subscribers]))
}

describe('subscribe', () => {
  it.each([
    { before: {}, after: { a: ['new'] }, evicted: null, name: 'watches a new session' },
    {
      before: { a: ['one'] },
      after: { a: ['one', 'new'] },
      evicted: null,
      name: 'adds a second subscriber',
    },
    {
      before: { a: ['one', 'two'] },
      after: { a: ['two', 'new'] },
      evicted: 'one',
      name: 'evicts the oldest at the limit of the session',
    },
    {
      before: { b: ['one', 'two'], c: ['three'] },
      after: { b: ['one', 'two'], c: ['three'], a: ['new'] },
      evicted: null,
      name: 'adds the last one within the total limit',
    },
  ])('$name', ({ before, after, evicted }) => {
    const result = subscribe(listOf(before), { sessionId: 'a', subscriber: 'new', now }, limits)
    expect(result).toMatchObject({ status: 'subscribed', evicted })
    expect(result.status === 'subscribed' && subscribersOf(result.list)).toEqual(after)
  })

  it('rejects a subscriber at the total limit, even for a session at its own limit', () => {
    const full = listOf({ a: ['one', 'two'], b: ['three', 'four'] })
    const result = subscribe(full, { sessionId: 'a', subscriber: 'new', now }, limits)
    expect(result).toEqual({ status: 'full' })
  })

  it('makes a new session due at once and keeps the next check of a watched one', () => {
    const added = subscribe(
      listOf({ b: ['one'] }),
      { sessionId: 'a', subscriber: 'x', now },
      limits,
    )
    const again = subscribe(
      listOf({ b: ['one'] }),
      { sessionId: 'b', subscriber: 'x', now },
      limits,
    )
    expect(added.status === 'subscribed' && dueSessions(added.list, now)).toEqual(['a'])
    expect(again.status === 'subscribed' && dueSessions(again.list, now)).toEqual([])
  })
})

describe('unsubscribe', () => {
  it.each([
    { before: { a: ['one', 'two'] }, after: { a: ['two'] }, name: 'keeps the other subscribers' },
    { before: { a: ['one'], b: ['two'] }, after: { b: ['two'] }, name: 'drops an empty session' },
    { before: { a: ['two'] }, after: { a: ['two'] }, name: 'ignores an unknown subscriber' },
    { before: { b: ['one'] }, after: { b: ['one'] }, name: 'ignores an unknown session' },
  ])('$name', ({ before, after }) => {
    expect(subscribersOf(unsubscribe(listOf(before), 'a', 'one'))).toEqual(after)
  })
})

describe('applyCheck', () => {
  const active: SessionStatus = { status: 'active', until: 9_000 }
  const ended: SessionStatus = { status: 'ended', reason: 'idle-timeout' }

  it.each([
    { result: active, dueAt: 9_000, name: 'schedules the next check for the expiry' },
    { result: null, dueAt: 0, name: 'makes a session due again if the store failed' },
  ])('$name', ({ result, dueAt }) => {
    const { list, notified } = applyCheck(listOf({ a: ['one'] }), 'a', result)
    expect(notified).toEqual([])
    expect([dueSessions(list, dueAt - 1), dueSessions(list, dueAt)]).toEqual([
      result === null ? ['a'] : [],
      ['a'],
    ])
  })

  it('notifies all subscribers of an ended session and stops watching it', () => {
    const { list, notified } = applyCheck(listOf({ a: ['one', 'two'], b: ['three'] }), 'a', ended)
    expect([notified, subscribersOf(list)]).toEqual([['one', 'two'], { b: ['three'] }])
  })

  it('ignores a session that lost its last subscriber during the check', () => {
    const before = listOf({ b: ['one'] })
    expect(applyCheck(before, 'a', ended)).toEqual({ list: before, notified: [] })
  })
})

describe('countSubscribers', () => {
  it('counts the subscribers of all sessions', () => {
    expect(countSubscribers(listOf({}))).toBe(0)
    expect(countSubscribers(listOf({ a: ['one', 'two'], b: ['three'] }))).toBe(3)
  })
})
