import { hkdfSync } from 'node:crypto'

/** Secrets that go into every hash beside the password, and are kept anywhere but in its database. */
export interface Peppers {
  /** What new hashes are made with; `null` for none. */
  readonly newest: Pepper | null
  /** Names of all, newest first. They may be told: nothing follows from them. */
  readonly ids: readonly string[]
  find(id: string): Pepper | null
}

export interface Pepper {
  /** 8 characters of base64, which follow from the secret: a name cannot be given to two. */
  readonly id: string
  /** Argon2's secret value K (RFC 9106 section 3.1). */
  readonly secret: Uint8Array
}

/** Shortest pepper, in bytes of UTF-8. Its name can be tried against guesses as fast as a machine hashes. */
const minPepperBytes = 32

/** Makes peppers of texts, newest first. Throws `RangeError` for one under 32 bytes, without telling it. */
export function createPeppers(texts: readonly string[]): Peppers {
  const peppers = texts.map(toPepper)
  const byId = new Map(peppers.map((pepper) => [pepper.id, pepper]))
  return {
    newest: peppers[0] ?? null,
    ids: peppers.map(({ id }) => id),
    find: (id) => byId.get(id) ?? null,
  }
}

function toPepper(text: string): Pepper {
  if (Buffer.byteLength(text) < minPepperBytes)
    throw new RangeError('A pepper needs 32 bytes or more.')
  const id = Buffer.from(derive(text, 'id', 6)).toString('base64')
  return { id, secret: derive(text, 'secret', 32) }
}

function derive(text: string, purpose: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', text, '', `mjr.wtf password pepper ${purpose}`, length))
}
