import type { ChannelFailure } from '../../domain/events.ts'
import { getField } from '../../domain/stored-record.ts'
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
  /** Whether to send another heartbeat after the one in flight, which may predate the request. */
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
  if (isMissed(state, at, leaseDuration)) return fail('silent')
  return state.isInFlight ? { state: { ...state, isQueued: true }, effects: [] } : send(state, at)
}

/** Whether the latest heartbeat is in flight for too long, or was sent but not received by now. */
function isMissed(state: ListeningState, at: Milliseconds, leaseDuration: Milliseconds): boolean {
  return state.isInFlight ? at - state.sentAt >= leaseDuration : !state.isReceived
}

function completeSend(state: ListeningState, at: Milliseconds): ListenTransition {
  return state.isQueued ? send(state, at) : { state: { ...state, isInFlight: false }, effects: [] }
}

/** Ignores all but the latest heartbeat. It may be received before the server confirms sending it. */
function receive(
  state: ListeningState,
  { payload, at }: { readonly payload: string; readonly at: Milliseconds },
): ListenTransition {
  if (payload !== String(state.heartbeat)) return unchanged(state)
  return {
    state: { ...state, isReceived: true, freshAsOf: state.sentAt },
    effects: [{ type: 'report-heartbeat', latency: at - state.sentAt }],
  }
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

/** Whether a connection can listen, and what its heartbeats need. */
export type BackendCheck =
  | {
      readonly status: 'usable'
      readonly heartbeatChannel: string
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
    heartbeatChannel: `coatcheck_heartbeat_${pid}`,
    changeChannel: `${changeChannelPrefix}${String(getField(row, 'tableId'))}`,
    triggers,
  }
}
