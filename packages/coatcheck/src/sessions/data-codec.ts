import { SessionError } from '../domain/errors.ts'
import type { Flash } from '../domain/flash.ts'
import { requireArgument } from '../domain/storable.ts'
import type { Instant } from '../domain/time.ts'
import type { DataOptions } from './options.ts'

/** The content of a record's `data`: the app's data and that of the library. */
export interface SessionPayload<Data> {
  readonly data: Data
  readonly flashes: readonly Flash[]
  /** Fingerprints of clients that have stepped up; see `clientFingerprint`. */
  readonly confirmedClients: readonly string[]
  /** Authentications up to this instant do not count as recent. `null` if none was recorded. */
  readonly stepUpRequiredAt: Instant | null
}

export function initialPayload<Data>(data: Data, flashes: readonly Flash[]): SessionPayload<Data> {
  return { data, flashes, confirmedClients: [], stepUpRequiredAt: null }
}

/** Converts between a payload and the text of a record. */
export interface DataCodec<Data> {
  /**
   * Throws `invalid-argument` for data that JSON cannot hold, or data and flashes over 64 KiB.
   * Step-up data does not count, so that data of the maximum size does not prevent a step-up.
   */
  encode(payload: SessionPayload<Data>): string
  /** Throws `corrupt-record` for text of another version or shape, or that `decode` rejects. */
  decode(text: string): SessionPayload<Data>
}

/** Text of another version is rejected. */
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
      throw new SessionError('invalid-argument', `session data exceeds ${maxDataBytes} bytes`)
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

/** Omits fields that most sessions do not have, because every verification parses the text. */
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
  requireArgument(envelope.data !== undefined, 'session data must not be undefined')
  const text = stringifyOrThrow(envelope)
  // JSON.stringify omits functions and symbols, and the text could not be decoded again.
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
    // The parser's message quotes the text, and errors may be logged.
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
  if (!('kind' in value) || !('message' in value)) return false
  return typeof value.kind === 'string' && typeof value.message === 'string'
}
