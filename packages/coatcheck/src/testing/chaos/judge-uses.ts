import type { Instant, Milliseconds } from '../../domain/time.ts'
import {
  type Credential,
  type CredentialKind,
  type RegisterName,
  type Registers,
  registerNames,
  type Use,
  type UseAnswer,
} from './use.ts'
import { workerLease } from './worker.ts'

/** A use of the library under faults. Instants are of one monotonic clock. */
export interface UseEvent {
  readonly use: Use
  /** The session or grant that it names, by its id. */
  readonly about: string | null
  readonly startedAt: Milliseconds
  /** `Infinity` if the outcome is unknown. */
  readonly endedAt: Milliseconds
  /** `null` if the outcome is unknown. */
  readonly answer: UseAnswer | null
  /** When it started, by the clock of the machine. */
  readonly startedAtInstant: Instant
  /** Whether the clock of its process was right all the time. */
  readonly hadRightClock: boolean
}

/** A session or grant of a history, with what may have ended it. */
interface Life {
  readonly kind: CredentialKind
  readonly credential: Credential
  readonly creation: UseEvent
  /** Uses that may have ended it: from the start of each, a rejection is right. */
  readonly possibleEnds: readonly UseEvent[]
  /** The earliest time at which it had certainly ended. `Infinity` if there is none. */
  readonly certainlyEndedAt: Milliseconds
  readonly saves: readonly UseEvent[]
}

type EventOf<Type extends Use['type']> = UseEvent & {
  readonly use: Extract<Use, { readonly type: Type }>
}

/** Instants are whole milliseconds, and processes read the clock at slightly different times. */
const clockPrecision: Milliseconds = 10

/** Reasons that depend on the time only. */
const timeouts = ['absolute-timeout', 'idle-timeout', 'expired']

/**
 * Compares a history with the guarantees of the library, and describes each violation:
 *
 * - What has ended is never accepted: not after the acknowledgment, and by a cache not longer than its lease.
 * - What was created and acknowledged is accepted until something may have ended it.
 * - A read returns what was saved last, or what is being saved.
 * - A sign-in whose credentials were checked before all sessions of the user ended does not survive that.
 */
export function judgeUses(events: readonly UseEvent[]): readonly string[] {
  const lives = events.flatMap((event) => toLife(events, event))
  const byId = new Map(lives.map((life) => [life.credential.id, life]))
  return [
    ...events.flatMap((event) => {
      const life = event.about === null ? undefined : byId.get(event.about)
      return life === undefined ? [] : judgeOne(life, event)
    }),
    ...events.flatMap((event) => (isList(event) ? judgeList(lives, event) : [])),
    ...events.flatMap((event) => judgeRefusal(events, event)),
    ...lives.flatMap((life) => judgeRotations(events, life)),
  ]
}

function isList(event: UseEvent): event is EventOf<'list'> {
  return event.use.type === 'list'
}

function toLife(events: readonly UseEvent[], creation: UseEvent): readonly Life[] {
  const { use, answer } = creation
  if (use.type !== 'create' || answer?.type !== 'created') return []
  const { credential } = answer
  const own = events.filter(({ about }) => about === credential.id)
  const ends = own.filter((event) => event.use.type === 'end')
  const endsOfAll = events.filter(
    (event) =>
      event.use.type === 'end-all' &&
      event.use.kind === use.kind &&
      event.use.userId === use.userId &&
      event.endedAt >= creation.startedAt,
  )
  const certain = [
    ...ends.map(({ endedAt }) => endedAt),
    ...endsOfAll
      .filter((event) => endsCertainly(event, creation, answer.checkedAt))
      .map(({ endedAt }) => Math.max(endedAt, creation.endedAt)),
    ...own.filter((event) => hasSeenEnd(event)).map(({ endedAt }) => endedAt),
  ]
  return [
    {
      kind: use.kind,
      credential,
      creation,
      possibleEnds: [...ends, ...endsOfAll],
      certainlyEndedAt: Math.min(Number.POSITIVE_INFINITY, ...certain),
      // One that was answered as rejected has no effect.
      saves: own.filter(({ use: { type }, answer: saved }) => {
        return type === 'save' && (saved === null || saved.type === 'saved')
      }),
    },
  ]
}

/** Whether it was created before the end of all, or with credentials that were checked before. */
function endsCertainly(endOfAll: UseEvent, creation: UseEvent, checkedAt: Instant): boolean {
  if (creation.endedAt < endOfAll.startedAt) return true
  const clocksAreRight = endOfAll.hadRightClock && creation.hadRightClock
  return clocksAreRight && checkedAt < endOfAll.startedAtInstant - clockPrecision
}

/** Whether an answer says that it has ended, other than by time. */
function hasSeenEnd({ use, answer }: UseEvent): boolean {
  if (use.type !== 'verify' || answer?.type !== 'inactive') return false
  return answer.reason === 'ended-by-operator'
}

function judgeOne(life: Life, event: UseEvent): readonly string[] {
  const { answer } = event
  switch (answer?.type) {
    case 'active':
    case 'saved':
      return [...judgeAcceptance(life, event), ...judgeRead(life, event, answer.registers)]
    case 'rotated':
      return judgeAcceptance(life, event)
    case 'inactive':
    case 'refused':
      return judgeRejection(life, event, answer.reason)
    case 'ended':
      return answer.ids.length > 0
        ? judgeAcceptance(life, event)
        : judgeRejection(life, event, 'ended')
    default:
      return []
  }
}

/** How old the state may be on which an answer is based. */
function staleness({ use }: UseEvent): Milliseconds {
  return use.type === 'verify' && !use.skipCache ? workerLease : 0
}

function judgeAcceptance(life: Life, event: UseEvent): readonly string[] {
  const latest = event.startedAt - staleness(event)
  if (life.certainlyEndedAt >= latest) return []
  return [
    `the ${life.kind} ${life.credential.id} ended at ${life.certainlyEndedAt} and was accepted by ` +
      describe(event),
  ]
}

function judgeRejection(life: Life, event: UseEvent, reason: string): readonly string[] {
  // One of two rotations of a session from one token is refused.
  if (event.use.type === 'rotate' && life.kind === 'session') return []
  const others = life.possibleEnds.filter((each) => each !== event)
  if (others.some(({ startedAt }) => startedAt < event.endedAt)) return []
  const mayHaveExpired = !(event.hadRightClock && life.creation.hadRightClock)
  const isVague = event.use.type !== 'verify' || event.use.skipCache
  if (mayHaveExpired && (isVague || timeouts.includes(reason))) return []
  return [
    `the ${life.kind} ${life.credential.id} was active and was rejected (${reason}) by ${describe(event)}`,
  ]
}

function judgeRead(life: Life, event: UseEvent, registers: Registers | null): readonly string[] {
  if (registers === null) return []
  return registerNames.flatMap((name) => judgeRegister(life, event, [name, registers[name]]))
}

function judgeRegister(
  { saves, credential }: Life,
  event: UseEvent,
  [name, value]: readonly [RegisterName, number],
): readonly string[] {
  const writes = saves.flatMap((save) =>
    save.use.type === 'save' && save.use.register === name
      ? [{ ...save, value: save.use.value }]
      : [],
  )
  const source = writes.find((write) => write.value === value)
  const isKnown = value === 0 || (source !== undefined && source.startedAt <= event.endedAt)
  const writtenUntil = value === 0 ? Number.NEGATIVE_INFINITY : (source?.endedAt ?? 0)
  const overwritten = writes.find(
    (write) =>
      write.value !== value &&
      write.startedAt > writtenUntil &&
      write.endedAt < event.startedAt - staleness(event),
  )
  if (isKnown && overwritten === undefined) return []
  const lost = overwritten === undefined ? 'never written' : `lost ${overwritten.value}`
  return [`the session ${credential.id} has ${name}=${value} (${lost}) in ${describe(event)}`]
}

function judgeList(lives: readonly Life[], event: EventOf<'list'>): readonly string[] {
  const { use, answer } = event
  if (answer?.type !== 'listed') return []
  const concerned = lives.filter(
    ({ kind, creation }) =>
      kind === use.kind && creation.use.type === 'create' && creation.use.userId === use.userId,
  )
  return concerned.flatMap((life) => {
    if (answer.ids.includes(life.credential.id)) return judgeAcceptance(life, event)
    return life.creation.endedAt < event.startedAt ? judgeRejection(life, event, 'ended') : []
  })
}

/** A sign-in is refused only if all sessions of the user end meanwhile. */
function judgeRefusal(events: readonly UseEvent[], event: UseEvent): readonly string[] {
  const { use, answer } = event
  if (use.type !== 'create' || answer?.type !== 'refused' || !event.hadRightClock) return []
  const hasReason = events.some(
    (each) =>
      each.use.type === 'end-all' &&
      each.use.kind === use.kind &&
      each.use.userId === use.userId &&
      each.startedAt < event.endedAt &&
      (each.endedAt >= event.startedAt - clockPrecision || !each.hadRightClock),
  )
  return hasReason ? [] : [`a sign-in was refused (${answer.reason}) without a reason`]
}

/** Repeated refreshes with one token return the identical tokens. */
function judgeRotations(events: readonly UseEvent[], life: Life): readonly string[] {
  if (life.kind !== 'grant') return []
  const tokens = events.flatMap(({ about, answer }) =>
    about === life.credential.id && answer?.type === 'rotated' ? [answer.credential.token] : [],
  )
  return new Set(tokens).size > 1 ? [`the grant ${life.credential.id} has several successors`] : []
}

/** Without tokens. */
function describe({ use, startedAt, endedAt }: UseEvent): string {
  return `${use.type} from ${startedAt} to ${endedAt}`
}
