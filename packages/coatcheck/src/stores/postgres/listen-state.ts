import type { ChannelFailure } from '../../domain/events.ts'
import { getField } from '../../domain/stored-fields.ts'
import type { Milliseconds } from '../../domain/time.ts'
import { changeChannelPrefix } from './change-triggers.ts'

/** Maximum time until a new connection listens, in ms. */
const connectTimeout: Milliseconds = 10_000

/** The state of a connection that listens for changes. */
export type ListenState =
  | { readonly status: 'connecting'; readonly startedAt: Milliseconds }
  | ListeningState
  | { readonly status: 'closed' }

/**
 * A listening connection. It sends heartbeats to itself with NOTIFY. PostgreSQL delivers notifications
 * in commit order, so a received heartbeat shows that every change committed before it was sent has
 * been received.
 */
export interface ListeningState {
  readonly status: 'listening'
  /** Number of the latest heartbeat, from 1 on. It is the payload of the notification. */
  readonly heartbeat: number
  readonly sentAt: Milliseconds
  /** Whether the server has not yet confirmed that it sent the latest heartbeat. */
  readonly isInFlight: boolean
  /** Whether to send another heartbeat once the latest is sent and received, which may predate the request. */
  readonly isQueued: boolean
  /** Whether the latest heartbeat was received. */
  readonly isReceived: boolean
  /** When the latest received heartbeat was sent; `-Infinity` if there is none. */
  readonly freshAsOf: Milliseconds
}

export type ListenEvent =
  | { readonly type: 'listening'; readonly at: Milliseconds }
  | { readonly type: 'heartbeat-requested'; readonly at: Milliseconds }
  /** The server has confirmed that it sent the heartbeat. */
  | { readonly type: 'heartbeat-sent'; readonly at: Milliseconds }
  | { readonly type: 'heartbeat-received'; readonly payload: string; readonly at: Milliseconds }
  | { readonly type: 'failed'; readonly failure: ChannelFailure }
  | { readonly type: 'closed' }

export type ListenEffect =
  /** Report that any session may have changed. */
  | { readonly type: 'report-reset' }
  | { readonly type: 'send-heartbeat'; readonly payload: string }
  | { readonly type: 'report-heartbeat'; readonly latency: Milliseconds }
  /** Close the client and report the failure. */
  | { readonly type: 'fail'; readonly failure: ChannelFailure }

export interface ListenTransition {
  readonly state: ListenState
  readonly effects: readonly ListenEffect[]
}

/** Returns the state after an event, and the effects to run in order. A closed connection stays closed. */
export function transition(
  state: ListenState,
  event: ListenEvent,
  leaseDuration: Milliseconds,
): ListenTransition {
  if (state.status === 'closed') return unchanged(state)
  switch (event.type) {
    case 'listening':
      return startListening(event.at)
    case 'heartbeat-requested':
      return requestHeartbeat(state, event.at, leaseDuration)
    case 'heartbeat-sent':
      return state.status === 'listening' ? completeSend(state, event.at) : unchanged(state)
    case 'heartbeat-received':
      return state.status === 'listening' ? receive(state, event) : unchanged(state)
    case 'failed':
      return fail(event.failure)
    case 'closed':
      return { state: { status: 'closed' }, effects: [] }
  }
}

/** Everything read before the connection listened may be stale, so it starts with a reset. */
function startListening(at: Milliseconds): ListenTransition {
  const { state, effects } = send({ heartbeat: 0, freshAsOf: Number.NEGATIVE_INFINITY }, at)
  return { state, effects: [{ type: 'report-reset' }, ...effects] }
}

function requestHeartbeat(
  state: Exclude<ListenState, { readonly status: 'closed' }>,
  at: Milliseconds,
  leaseDuration: Milliseconds,
): ListenTransition {
  if (state.status === 'connecting') {
    return at - state.startedAt >= connectTimeout ? fail('silent') : unchanged(state)
  }
  if (!state.isInFlight && state.isReceived) return send(state, at)
  if (at - state.sentAt >= leaseDuration) return fail('silent')
  return unchanged({ ...state, isQueued: true })
}

/** The heartbeat may be received later, if it was sent on another connection than the listening one. */
function completeSend(state: ListeningState, at: Milliseconds): ListenTransition {
  const completed = { ...state, isInFlight: false }
  return state.isQueued && state.isReceived ? send(completed, at) : unchanged(completed)
}

/** Ignores all but the latest heartbeat. It may be received before the server confirms sending it. */
function receive(
  state: ListeningState,
  { payload, at }: { readonly payload: string; readonly at: Milliseconds },
): ListenTransition {
  if (payload !== String(state.heartbeat)) return unchanged(state)
  const received = { ...state, isReceived: true, freshAsOf: state.sentAt }
  const report = { type: 'report-heartbeat', latency: at - state.sentAt } as const
  if (state.isInFlight || !state.isQueued) return { state: received, effects: [report] }
  const next = send(received, at)
  return { state: next.state, effects: [report, ...next.effects] }
}

function send(
  { heartbeat, freshAsOf }: Pick<ListeningState, 'heartbeat' | 'freshAsOf'>,
  at: Milliseconds,
): ListenTransition {
  const next = heartbeat + 1
  return {
    state: {
      status: 'listening',
      heartbeat: next,
      sentAt: at,
      isInFlight: true,
      isQueued: false,
      isReceived: false,
      freshAsOf,
    },
    effects: [{ type: 'send-heartbeat', payload: String(next) }],
  }
}

function fail(failure: ChannelFailure): ListenTransition {
  return { state: { status: 'closed' }, effects: [{ type: 'fail', failure }] }
}

function unchanged(state: ListenState): ListenTransition {
  return { state, effects: [] }
}

/** Whether a connection can listen, and to what. */
export type BackendCheck =
  | {
      readonly status: 'usable'
      /** The channel of changes of the set of tables. */
      readonly changeChannel: string
      /** Fingerprint of the triggers that send the notifications. */
      readonly triggers: string
    }
  | { readonly status: 'unusable'; readonly failure: ChannelFailure }

/**
 * Checks the server's answer (`pid`, `tableId`, `triggers`) before listening. `processID` is the process id that
 * the server reported when the client connected: a connection pooler reports one of its own.
 */
export function checkBackend(row: unknown, processID: number | null | undefined): BackendCheck {
  const pid = String(getField(row, 'pid'))
  const triggers = getField(row, 'triggers')
  if (typeof triggers !== 'string') return { status: 'unusable', failure: 'not-migrated' }
  if (typeof processID === 'number' && String(processID) !== pid) {
    return { status: 'unusable', failure: 'pooled-connection' }
  }
  return {
    status: 'usable',
    changeChannel: `${changeChannelPrefix}${String(getField(row, 'tableId'))}`,
    triggers,
  }
}
