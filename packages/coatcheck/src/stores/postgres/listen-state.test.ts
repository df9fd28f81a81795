import { describe, expect, it } from 'vitest'
import {
  type BackendCheck,
  checkBackend,
  type ListenEvent,
  type ListeningState,
  type ListenState,
  transition,
} from './listen-state.ts'

const leaseDuration = 1_000

const connecting: ListenState = { status: 'connecting', startedAt: 100 }
const closed: ListenState = { status: 'closed' }

/** The second heartbeat was sent at 500, confirmed and received; so was the first one. */
const idle: ListeningState = {
  status: 'listening',
  heartbeat: 2,
  sentAt: 500,
  isInFlight: false,
  isQueued: false,
  isReceived: true,
  freshAsOf: 500,
}
/** The second heartbeat was sent at 500 and not confirmed; the first one, sent at 200, was received. */
const inFlight: ListeningState = { ...idle, isInFlight: true, isReceived: false, freshAsOf: 200 }
const queued: ListeningState = { ...inFlight, isQueued: true }
/** The second heartbeat was confirmed and not received. */
const unreceived: ListeningState = { ...inFlight, isInFlight: false }
const queuedUnreceived: ListeningState = { ...unreceived, isQueued: true }

const requestedAt = (at: number): ListenEvent => ({ type: 'heartbeat-requested', at })
const receivedAt = (at: number, payload: string): ListenEvent => ({
  type: 'heartbeat-received',
  payload,
  at,
})
const failing = (failure: 'silent' | 'connection-lost' | 'not-migrated') => ({
  state: closed,
  effects: [{ type: 'fail', failure }],
})
const third = { ...inFlight, heartbeat: 3, sentAt: 600 }
const sendThird = [{ type: 'send-heartbeat', payload: '3' }]

describe('transition', () => {
  it('resets and sends the first heartbeat once the connection listens', () => {
    expect(transition(connecting, { type: 'listening', at: 300 }, leaseDuration)).toEqual({
      state: { ...inFlight, heartbeat: 1, sentAt: 300, freshAsOf: Number.NEGATIVE_INFINITY },
      effects: [{ type: 'report-reset' }, { type: 'send-heartbeat', payload: '1' }],
    })
  })

  it.each<{ name: string; state: ListenState; at: number; next: unknown }>([
    { name: 'waits while connecting', state: connecting, at: 10_099, next: keeps(connecting) },
    {
      name: 'fails after 10 s of connecting',
      state: connecting,
      at: 10_100,
      next: failing('silent'),
    },
    { name: 'sends the next one when idle', state: idle, at: 600, next: sends(third, 500) },
    { name: 'queues one behind the one in flight', state: inFlight, at: 600, next: keeps(queued) },
    { name: 'queues at most one', state: queued, at: 600, next: keeps(queued) },
    {
      name: 'waits for one in flight within the lease',
      state: queued,
      at: 1_499,
      next: keeps(queued),
    },
    {
      name: 'fails for one in flight for a lease',
      state: inFlight,
      at: 1_500,
      next: failing('silent'),
    },
    {
      name: 'queues one behind one that is sent but not received',
      state: unreceived,
      at: 1_499,
      next: keeps(queuedUnreceived),
    },
    {
      name: 'fails for one that is not received for a lease',
      state: queuedUnreceived,
      at: 1_500,
      next: failing('silent'),
    },
    { name: 'does nothing when closed', state: closed, at: 600, next: keeps(closed) },
  ])('on a heartbeat request, $name', ({ state, at, next }) => {
    expect(transition(state, requestedAt(at), leaseDuration)).toEqual(next)
  })

  it.each<{ name: string; state: ListenState; next: unknown }>([
    { name: 'waits for the notification', state: inFlight, next: keeps(unreceived) },
    {
      name: 'sends the queued one if it was received',
      state: { ...queued, isReceived: true, freshAsOf: 500 },
      next: sends(third, 500),
    },
    {
      name: 'keeps the queued one until it is received',
      state: queued,
      next: keeps(queuedUnreceived),
    },
    { name: 'does nothing when closed', state: closed, next: keeps(closed) },
  ])('when the server confirms a heartbeat, $name', ({ state, next }) => {
    expect(transition(state, { type: 'heartbeat-sent', at: 600 }, leaseDuration)).toEqual(next)
  })

  it.each<{ name: string; state: ListenState; payload: string; next: unknown }>([
    { name: 'confirms freshness', state: unreceived, payload: '2', next: confirms(idle) },
    {
      name: 'confirms freshness before the server confirms it',
      state: queued,
      payload: '2',
      next: confirms({ ...queued, isReceived: true, freshAsOf: 500 }),
    },
    {
      name: 'confirms freshness and sends the queued one',
      state: queuedUnreceived,
      payload: '2',
      next: {
        state: { ...third, sentAt: 650, freshAsOf: 500 },
        effects: [{ type: 'report-heartbeat', latency: 150 }, ...sendThird],
      },
    },
    { name: 'ignores an earlier one', state: inFlight, payload: '1', next: keeps(inFlight) },
    { name: 'ignores one that was not sent', state: inFlight, payload: '3', next: keeps(inFlight) },
    { name: 'ignores an empty payload', state: inFlight, payload: '', next: keeps(inFlight) },
    {
      name: 'ignores one while connecting',
      state: connecting,
      payload: '0',
      next: keeps(connecting),
    },
    { name: 'does nothing when closed', state: closed, payload: '2', next: keeps(closed) },
  ])('on a received heartbeat, $name', ({ state, payload, next }) => {
    expect(transition(state, receivedAt(650, payload), leaseDuration)).toEqual(next)
  })

  it.each<ListenState>([connecting, inFlight, idle])('reports a failure once from %o', (state) => {
    const failed: ListenEvent = { type: 'failed', failure: 'connection-lost' }
    expect(transition(state, failed, leaseDuration)).toEqual(failing('connection-lost'))
    expect(transition(closed, failed, leaseDuration)).toEqual(keeps(closed))
  })

  it.each<ListenState>([connecting, inFlight, idle])(
    'reports nothing when closed from %o',
    (state) => {
      expect(transition(state, { type: 'closed' }, leaseDuration)).toEqual(keeps(closed))
    },
  )
})

const usable: BackendCheck = {
  status: 'usable',
  changeChannel: 'coatcheck_sessions_9',
  triggers: '1:2:O',
}

describe('checkBackend', () => {
  it.each([
    {
      name: 'accepts a direct connection',
      row: { pid: 7, tableId: '9', triggers: '1:2:O' },
      processID: 7,
      check: usable,
    },
    {
      name: 'accepts a client that does not report a process id',
      row: { pid: 7, tableId: '9', triggers: '1:2:O' },
      processID: null,
      check: usable,
    },
    {
      name: 'rejects a pooled connection',
      row: { pid: 7, tableId: '9', triggers: '1:2:O' },
      processID: 8,
      check: { status: 'unusable', failure: 'pooled-connection' },
    },
    {
      name: 'rejects a database without triggers',
      row: { pid: 7, triggers: null },
      processID: 8,
      check: { status: 'unusable', failure: 'not-migrated' },
    },
  ])('$name', ({ row, processID, check }) => {
    expect(checkBackend(row, processID)).toEqual(check)
  })
})

function keeps(state: ListenState) {
  return { state, effects: [] }
}

function sends(state: ListeningState, freshAsOf: number) {
  return { state: { ...state, freshAsOf }, effects: sendThird }
}

function confirms(state: ListeningState) {
  return { state, effects: [{ type: 'report-heartbeat', latency: 150 }] }
}
