import type { Instant } from './time.ts'
import type { UserId } from './user.ts'

/** SHA-256 of the UTF-8 text, as 43 characters of base64url. */
export type Sha256 = (text: string) => string

/** A place in the chain: the number of an entry, and the hash of everything up to it. */
export interface ChainPlace {
  readonly position: number
  readonly hash: string
}

/** An Ed25519 signature. Key (raw public key) and signature are base64url. */
export interface ChainSignature {
  readonly key: string
  readonly signature: string
}

/** What is signed: the entries after `start`, up to `head`, are the chain. */
export interface ChainState {
  /** The last entry that the purge removed; position 0 before the first purge. */
  readonly start: ChainPlace
  readonly head: ChainPlace
  /** Until this instant, events of an earlier release, which have no place, are added to the chain. */
  readonly adoptsUntil: Instant
}

export interface SignedChainState extends ChainState, ChainSignature {}

/** A security event as stored. A newer release may have more kinds. */
export interface StoredSecurityEvent {
  readonly id: string
  readonly userId: UserId
  readonly at: Instant
  readonly kind: string
  readonly outcome: string
  readonly sessionId: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly detail: string | null
}

export interface EventEntry extends ChainPlace {
  readonly type: 'event'
  readonly event: StoredSecurityEvent
}

/** An event whose content was removed. Its hash shows nothing of it, because the id of an event is 128 random bits. */
export interface ErasedEntry extends ChainPlace {
  readonly type: 'erased'
  readonly entryHash: string
}

/**
 * What happened to the chain itself. `erasure`: events were removed, by position. `adoption`: the entries just before
 * are events of an earlier release. `break`: the program found a head that it cannot confirm, or removed old entries that
 * were changed, and continued.
 */
export type ChainRecordKind = 'erasure' | 'adoption' | 'break'

export interface RecordEntry extends ChainPlace {
  readonly type: ChainRecordKind
  /** One JSON object. */
  readonly content: string
}

export type ChainEntry = EventEntry | ErasedEntry | RecordEntry

export type ErasureReason = 'account-deleted' | 'retention'

/** First and last position, inclusive. */
export type PositionRange = readonly [number, number]

export interface ErasureContent {
  readonly at: Instant
  readonly reason: ErasureReason
  readonly positions: readonly PositionRange[]
  /**
   * The hash of each entry by itself, in the order of the positions. Without them, a row that took the place of an event
   * for a while could be erased instead of it, and the event removed afterwards.
   */
  readonly entryHashes: readonly string[]
}

export interface AdoptionContent {
  readonly at: Instant
  readonly positions: readonly PositionRange[]
}

/** `unsigned`, `unknown-key`, `invalid-signature`: of the head found. `rolled-back`: it is before the last one that this process wrote. */
export type HeadBreakReason = 'unsigned' | 'unknown-key' | 'invalid-signature' | 'rolled-back'

export interface HeadBreakContent {
  readonly at: Instant
  readonly reason: HeadBreakReason
  /** The state as found. */
  readonly found: SignedChainState
}

/** The purge removed entries that did not follow from those before them. */
export interface PurgeBreakContent {
  readonly at: Instant
  readonly reason: 'purged-changed'
  readonly positions: readonly PositionRange[]
}

export type BreakReason = (HeadBreakContent | PurgeBreakContent)['reason']

/**
 * The texts that are hashed and signed. Each is one JSON array without spaces, as `JSON.stringify` writes it: the first
 * element names the format and its version, so no two different values have the same text. Instants are milliseconds.
 */
export function eventText(event: StoredSecurityEvent): string {
  const { id, userId, at, kind, outcome, sessionId, ipAddress, userAgent, detail } = event
  const client = [sessionId, ipAddress, userAgent, detail]
  return JSON.stringify(['mjrwtf security event 1', id, userId, at, kind, outcome, ...client])
}

export function recordText(kind: ChainRecordKind, content: string): string {
  return JSON.stringify(['mjrwtf security record 1', kind, content])
}

export function linkText(previous: ChainPlace, entryHash: string): string {
  return JSON.stringify(['mjrwtf security chain 1', previous.position, previous.hash, entryHash])
}

export function stateText({ start, head, adoptsUntil }: ChainState): string {
  const places = [start.position, start.hash, head.position, head.hash]
  return JSON.stringify(['mjrwtf security head 1', ...places, adoptsUntil])
}

/** The hash of an entry by itself. */
export function entryHashOf(sha256: Sha256, entry: ChainEntry): string {
  if (entry.type === 'event') return sha256(eventText(entry.event))
  if (entry.type === 'erased') return entry.entryHash
  return sha256(recordText(entry.type, entry.content))
}

/** The place after `previous`. */
export function placeAfter(sha256: Sha256, previous: ChainPlace, entryHash: string): ChainPlace {
  return { position: previous.position + 1, hash: sha256(linkText(previous, entryHash)) }
}

/** Ascending positions as ranges. */
export function toRanges(positions: readonly number[]): readonly PositionRange[] {
  const ranges: [number, number][] = []
  for (const position of positions) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === position - 1) last[1] = position
    else ranges.push([position, position])
  }
  return ranges
}

/** Whether `entry` is the next one after `previous`. */
export function follows(sha256: Sha256, previous: ChainPlace, entry: ChainEntry): boolean {
  if (entry.position !== previous.position + 1) return false
  return placeAfter(sha256, previous, entryHashOf(sha256, entry)).hash === entry.hash
}
