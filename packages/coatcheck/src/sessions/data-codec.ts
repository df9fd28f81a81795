import { SessionError } from '../domain/errors.ts'
import type { Flash } from '../domain/flash.ts'
import type { Instant } from '../domain/time.ts'
import type { DataOptions } from './options.ts'

/** What the library keeps in a record's `data`, beside the app's own data. */
export interface SessionContent<Data> {
  readonly data: Data
  readonly flashes: readonly Flash[]
  /** Marks of clients that have stepped up, beside the one that signed in; see `clientMark`. */
  readonly confirmed: readonly string[]
  /** Authentications up to then count as recent no more; `null` where nothing was held against them. */
  readonly distrustedAt: Instant | null
}

/** What a session begins with. */
export function firstContent<Data>(data: Data, flashes: readonly Flash[]): SessionContent<Data> {
  return { data, flashes, confirmed: [], distrustedAt: null }
}

/** Turns content into a record's text and back. */
export interface DataCodec<Data> {
  /**
   * Throws `invalid-argument` for data that JSON cannot carry, or that is over 64 KiB, flashes counted. What the
   * library notes of trust is not: data that just fits must not keep anybody from a step-up.
   */
  encode(content: SessionContent<Data>): string
  /** Throws `corrupt-record` for text that this release cannot have written, or that `decode` refuses. */
  decode(text: string): SessionContent<Data>
}

/** Version of the envelope below. Text of another version is refused, never guessed at. */
const envelopeVersion = 1
const longestData = 64 * 1024

export function createDataCodec<Data>(options: DataOptions<Data>): DataCodec<Data> {
  const decodeData = options.decode ?? ((stored: unknown) => stored as Data)

  return {
    encode(content) {
      const text = stringify(toEnvelope(content))
      if (Buffer.byteLength(text) <= longestData) return text
      const { data, flashes } = content
      const given = stringify(toEnvelope(firstContent(data, flashes)))
      if (Buffer.byteLength(given) <= longestData) return text
      throw new SessionError('invalid-argument', `session data is over ${longestData} bytes`)
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
  readonly confirmed?: readonly string[]
  readonly distrustedAt?: Instant
}

/** What most sessions never have is left out: the text is read with every verification. */
function toEnvelope<Data>(content: SessionContent<Data>): Envelope {
  const { data, flashes, confirmed, distrustedAt } = content
  return {
    v: envelopeVersion,
    data,
    flashes,
    ...(confirmed.length > 0 && { confirmed }),
    ...(distrustedAt !== null && { distrustedAt }),
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

function readEnvelope(text: string): SessionContent<unknown> {
  const envelope = parse(text)
  if (typeof envelope !== 'object' || envelope === null) throw new TypeError('not an object')
  if (!('v' in envelope) || envelope.v !== envelopeVersion) throw new TypeError('unknown version')
  if (!('data' in envelope) || !('flashes' in envelope) || !Array.isArray(envelope.flashes)) {
    throw new TypeError('incomplete')
  }
  return {
    data: envelope.data,
    flashes: envelope.flashes.filter(isFlash),
    confirmed: 'confirmed' in envelope ? readMarks(envelope.confirmed) : [],
    distrustedAt: 'distrustedAt' in envelope ? readInstant(envelope.distrustedAt) : null,
  }
}

function readMarks(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('confirmed is no list')
  return value.filter((mark) => typeof mark === 'string')
}

function readInstant(value: unknown): Instant {
  if (typeof value !== 'number') throw new TypeError('distrustedAt is no instant')
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
