import type { BreakReason, PositionRange, SignedChainState } from '../../domain/security-chain.ts'

/** The parts of a record that verification reads. A record of another writer may contain anything, so each part may be missing. */
export interface RecordContent {
  readonly positions: readonly PositionRange[]
  readonly entryHashes: readonly unknown[]
  readonly at: number | null
  readonly reason: string | null
  readonly found: SignedChainState | null
}

const breakReasons: ReadonlySet<string> = new Set<BreakReason>([
  'unsigned',
  'unknown-key',
  'invalid-signature',
  'rolled-back',
  'purged-changed',
])

export function isBreakReason(reason: string | null): reason is BreakReason {
  return reason !== null && breakReasons.has(reason)
}

export function parseRecord(content: string): RecordContent {
  const value = parseObject(content)
  const { at, positions, entryHashes, reason, found } = value
  return {
    positions: Array.isArray(positions) ? positions.filter(isRange) : [],
    entryHashes: Array.isArray(entryHashes) ? entryHashes : [],
    at: typeof at === 'number' ? at : null,
    reason: typeof reason === 'string' ? reason : null,
    found: toState(found),
  }
}

/** `{}` for anything but a JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** `null` unless all parts are there. */
export function toState(value: unknown): SignedChainState | null {
  if (!isObject(value)) return null
  const { start, head, adoptsUntil, key, signature } = value
  if (!isPlace(start) || !isPlace(head) || typeof adoptsUntil !== 'number') return null
  if (typeof key !== 'string' || typeof signature !== 'string') return null
  return { start, head, adoptsUntil, key, signature }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPlace(value: unknown): value is SignedChainState['head'] {
  return isObject(value) && Number.isSafeInteger(value.position) && typeof value.hash === 'string'
}

function isRange(value: unknown): value is PositionRange {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger)
}
