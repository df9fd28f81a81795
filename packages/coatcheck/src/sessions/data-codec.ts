import { isCorruptRecord, isSessionError, rejectOption, SessionError } from '../domain/errors.ts'
import type { Flash } from '../domain/flash.ts'
import { requireJson } from '../domain/require-json.ts'
import { requireStandardSchema, validateWith } from '../domain/standard-schema.ts'
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

/** The text of a payload, and what a read of this text returns, twice: no two users share an object. */
export interface EncodedPayload<Data> {
  readonly text: string
  /** For the caller. */
  readonly read: SessionPayload<Data>
  /** For the next update. */
  readonly next: SessionPayload<Data>
}

/** Converts between a payload and the text of a record. */
export interface DataCodec<Data> {
  /**
   * Throws `invalid-argument` for data that JSON does not carry unchanged or that the schema rejects, naming
   * the path, or data and flashes over 64 KiB. Step-up data does not count, so that data of the maximum size
   * does not prevent a step-up.
   */
  encode(payload: SessionPayload<Data>): string
  /** Like `encode`, for a decoded payload with changes that JSON carries unchanged. */
  encodeChanged(payload: SessionPayload<Data>): EncodedPayload<Data>
  /**
   * Throws `corrupt-record` for text of another version or shape, or that `decode` or the schema rejects.
   * Each call returns new objects.
   */
  decode(text: string): SessionPayload<Data>
}

/** Text of another version is rejected. */
const envelopeVersion = 1
const maxDataBytes = 64 * 1024

/** Throws `invalid-option` for a schema that cannot be used, and an initial value that cannot be stored. */
export function createDataCodec<Data>(options: DataOptions<Data>): DataCodec<Data> {
  // At startup, and not at the first sign-in.
  asOption('', () => requireJson(options.initial, 'data.initial'))
  const codec = createCodec(options)
  asOption('data.initial: ', () => codec.encode(initialPayload(options.initial, [])))
  return codec
}

function asOption(prefix: string, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (isSessionError(error)) rejectOption(`${prefix}${error.message}`)
    throw error
  }
}

function createCodec<Data>(options: DataOptions<Data>): DataCodec<Data> {
  const { schema } = options
  if (schema !== undefined) requireStandardSchema(schema)
  // Without these, a decoded payload contains only values that JSON carries, and reads as it is.
  const isPlain = schema === undefined && options.decode === undefined
  const readData = createReadData(options)
  const validated = (data: Data) =>
    schema === undefined ? data : validateWith(schema, data, 'data')

  function decode(text: string): SessionPayload<Data> {
    try {
      const { data, ...rest } = readEnvelope(text)
      return { ...rest, data: readData(data) }
    } catch (cause) {
      throw new SessionError('corrupt-record', 'session data cannot be read', { cause })
    }
  }

  /** Encodes and decodes, so that nothing is stored that could not be read. */
  function encodeReadable(payload: SessionPayload<Data>): Omit<EncodedPayload<Data>, 'next'> {
    const text = stringifyWithinLimit(payload)
    try {
      return { text, read: decode(text) }
    } catch (error) {
      if (!isCorruptRecord(error)) throw error
      const message = 'data would be rejected by data.decode or data.schema when it is read'
      throw new SessionError('invalid-argument', message, { cause: error })
    }
  }

  /**
   * Otherwise, each read would return other data than the one before, and each save would store it. Twice, because the
   * first read may complete the data.
   */
  function requireStable(data: Data): void {
    const read = readAgain(data)
    const isStable = JSON.stringify(readAgain(read)) === JSON.stringify(read)
    requireArgument(isStable, 'data.schema or data.decode changes data that it has returned itself')
  }

  /** `null` for data that could not be read, which is reported when it is encoded. */
  function readAgain(data: unknown): unknown {
    try {
      return readData(JSON.parse(JSON.stringify(data)))
    } catch {
      return null
    }
  }

  function check(payload: SessionPayload<Data>): SessionPayload<Data> {
    const data = validated(payload.data)
    requireJson(data, 'data')
    if (!isPlain) requireStable(data)
    return { ...payload, data }
  }

  return {
    encode: (payload) => encodeReadable(check(payload)).text,
    encodeChanged(payload) {
      const { text, read } = encodeReadable(isPlain ? payload : check(payload))
      return { text, read, next: isPlain ? payload : decode(text) }
    },
    decode,
  }
}

/** Turns stored data into that of the current release: completed or decoded, then validated. */
function createReadData<Data>(options: DataOptions<Data>): (stored: unknown) => Data {
  const { initial, schema, decode = createComplete(initial) } = options
  if (schema === undefined) return decode
  return (stored) => validateWith(schema, decode(stored), 'data')
}

/** Adds the keys of `initial` that stored data lacks. Their values are parsed for each session. */
function createComplete<Data>(initial: Data): (stored: unknown) => Data {
  const isObject = typeof initial === 'object' && initial !== null && !Array.isArray(initial)
  const entries = Object.entries(isObject ? initial : {}).filter(([, value]) => value !== undefined)
  const defaults = entries.map(([key, value]) => ({ key, text: JSON.stringify(value) }))
  return (stored) => {
    if (typeof stored === 'object' && stored !== null && !Array.isArray(stored)) {
      for (const { key, text } of defaults) {
        if (!Object.hasOwn(stored, key)) setOwn(stored, key, JSON.parse(text))
      }
    }
    return stored as Data
  }
}

/** Sets an own property, also one called `__proto__`. */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key !== '__proto__') {
    Reflect.set(object, key, value)
    return
  }
  const attributes = { configurable: true, enumerable: true, writable: true }
  Object.defineProperty(object, key, { ...attributes, value })
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

function stringifyWithinLimit<Data>(payload: SessionPayload<Data>): string {
  const text = JSON.stringify(toEnvelope(payload))
  if (Buffer.byteLength(text) <= maxDataBytes) return text
  const { data, flashes } = payload
  const appText = JSON.stringify(toEnvelope(initialPayload(data, flashes)))
  if (Buffer.byteLength(appText) <= maxDataBytes) return text
  throw new SessionError('invalid-argument', `session data exceeds ${maxDataBytes} bytes`)
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
