import { SessionError } from '../domain/errors.ts'
import type { Flash } from '../domain/flash.ts'
import type { Instant } from '../domain/time.ts'
import type { DataOptions } from './options.ts'

/** What the library keeps in a record's `data`, beside the app's own data. */
export interface SessionPayload<Data> {
  readonly data: Data
  readonly flashes: readonly Flash[]
  /** Marks of clients that have stepped up, beside the one that signed in; see `clientFingerprint`. */
  readonly confirmedClients: readonly string[]
  /** Authentications up to then count as recent no more; `null` where nothing was held against them. */
  readonly stepUpRequiredAt: Instant | null
}

/** What a session begins with. */
export function initialPayload<Data>(data: Data, flashes: readonly Flash[]): SessionPayload<Data> {
  return { data, flashes, confirmedClients: [], stepUpRequiredAt: null }
}

/** Turns content into a record's text and back. */
export interface DataCodec<Data> {
  /**
   * Throws `invalid-argument` for data that JSON cannot carry, or that is over 64 KiB, flashes counted. What the
   * library notes of trust is not: data that just fits must not keep anybody from a step-up.
   */
  encode(payload: SessionPayload<Data>): string
  /** Throws `corrupt-record` for text that this release cannot have written, or that `decode` refuses. */
  decode(text: string): SessionPayload<Data>
}

/** Version of the envelope below. Text of another version is refused, never guessed at. */
const envelopeVersion = 1
const maxDataBytes = 64 * 1024

export function createDataCodec<Data>(options: DataOptions<Data>): DataCodec<Data> {
  const decodeData = options.decode ?? ((stored: unknown) => stored as Data)

  return {
    encode(payload) {
      const text = stringify(toEnvelope(payload))
      if (Buffer.byteLength(text) <= maxDataBytes) return text
      const { data, flashes } = payload
      const appText = stringify(toEnvelope(initialPayload(data, flashes)))
      if (Buffer.byteLength(appText) <= maxDataBytes) return text
      throw new SessionError('invalid-argument', `session data is over ${maxDataBytes} bytes`)
    },
    decode(text) {
      try {
        const { data, ...rest } = readEnvelope(text)
        return { ...rest, data: decodeData(data) }
      } catch (cause) {
        throw new SessionError('corrupt-record', 'session data cannot be read', { cause })
      }
    },
  }
}

interface Envelope {
  readonly v: number
  readonly data: unknown
  readonly flashes: readonly Flash[]
  readonly confirmedClients?: readonly string[]
  readonly stepUpRequiredAt?: Instant
}

/** What most sessions never have is left out: the text is read with every verification. */
function toEnvelope<Data>(payload: SessionPayload<Data>): Envelope {
  const { data, flashes, confirmedClients, stepUpRequiredAt } = payload
  return {
    v: envelopeVersion,
    data,
    flashes,
    ...(confirmedClients.length > 0 && { confirmedClients }),
    ...(stepUpRequiredAt !== null && { stepUpRequiredAt }),
  }
}

function stringify(envelope: Envelope): string {
  if (envelope.data === undefined) {
    throw new SessionError('invalid-argument', 'session data must not be undefined')
  }
  const text = stringifyOrThrow(envelope)
  // Functions and symbols are left out without a word, and what is stored could not be read again.
  if (text.startsWith(`{"v":${envelopeVersion},"data":`)) return text
  throw new SessionError('invalid-argument', 'session data must be plain JSON')
}

function stringifyOrThrow(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new SessionError('invalid-argument', 'session data must be plain JSON', { cause })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, and errors go into logs.
    throw new TypeError('not JSON')
  }
}

function readEnvelope(text: string): SessionPayload<unknown> {
  const envelope = parse(text)
  if (typeof envelope !== 'object' || envelope === null) throw new TypeError('not an object')
  if (!('v' in envelope) || envelope.v !== envelopeVersion) throw new TypeError('unknown version')
  if (!('data' in envelope) || !('flashes' in envelope) || !Array.isArray(envelope.flashes)) {
    throw new TypeError('incomplete')
  }
  return {
    data: envelope.data,
    flashes: envelope.flashes.filter(isFlash),
    confirmedClients:
      'confirmedClients' in envelope ? readFingerprints(envelope.confirmedClients) : [],
    stepUpRequiredAt:
      'stepUpRequiredAt' in envelope ? readInstant(envelope.stepUpRequiredAt) : null,
  }
}

function readFingerprints(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('confirmedClients is not a list')
  return value.filter((fingerprint) => typeof fingerprint === 'string')
}

function readInstant(value: unknown): Instant {
  if (typeof value !== 'number') throw new TypeError('stepUpRequiredAt is not an instant')
  return value
}

function isFlash(value: unknown): value is Flash {
  if (typeof value !== 'object' || value === null) return false
  return (
    'kind' in value &&
    typeof value.kind === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  )
}
