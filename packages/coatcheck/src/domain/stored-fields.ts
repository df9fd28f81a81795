import { isCorruptRecord, SessionError } from './errors.ts'

/** A field of a value that a backend returned; `undefined` if there is none. */
export function getField(stored: unknown, field: string): unknown {
  return typeof stored === 'object' && stored !== null ? Reflect.get(stored, field) : undefined
}

/** The bytes of a view that a backend returned, or `null`. Drivers return views of other realms too. */
export function toBytes(value: unknown): Uint8Array | null {
  if (!ArrayBuffer.isView(value)) return null
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

/** A row as a backend returned it, with the fields of a record, not validated yet. */
export type StoredFields<Field extends string> = { readonly [Name in Field]?: unknown }

const hashLength = 32

/**
 * Creates functions that validate the fields of one kind of record. They throw `corrupt-record`, naming the field
 * but not its value. Integers may be `bigint`, booleans 0 or 1, and bytes any view.
 */
export function createFieldReaders<Field extends string>(kind: string) {
  type Stored = StoredFields<Field>

  function failCorrupt(field: Field): never {
    throw new SessionError('corrupt-record', `A stored ${kind} cannot be read: ${field} is invalid`)
  }

  function text(stored: Stored, field: Field): string {
    const value = stored[field]
    return typeof value === 'string' ? value : failCorrupt(field)
  }

  function integer(stored: Stored, field: Field): number {
    const value = stored[field]
    const number = typeof value === 'bigint' ? Number(value) : value
    return typeof number === 'number' && Number.isSafeInteger(number) ? number : failCorrupt(field)
  }

  function boolean(stored: Stored, field: Field): boolean {
    const value = stored[field]
    if (typeof value === 'boolean') return value
    const number = integer(stored, field)
    return number === 0 || number === 1 ? number === 1 : failCorrupt(field)
  }

  /** 32 bytes. */
  function hash(stored: Stored, field: Field): Uint8Array {
    const bytes = toBytes(stored[field])
    if (bytes === null || bytes.length !== hashLength) return failCorrupt(field)
    // A copy: a driver's buffer may be a view of shared memory, which it would keep alive in the cache.
    return new Uint8Array(bytes)
  }

  function orNull<Value>(read: (stored: Stored, field: Field) => Value) {
    return (stored: Stored, field: Field): Value | null =>
      stored[field] === null ? null : read(stored, field)
  }

  return { text, integer, boolean, hash, orNull, failCorrupt }
}

/** Reads each row, without those that cannot be read. */
export function readValid<Stored>(
  rows: readonly unknown[],
  read: (row: unknown) => Stored,
): readonly Stored[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)]
    } catch (error) {
      if (!isCorruptRecord(error)) throw error
      return []
    }
  })
}
