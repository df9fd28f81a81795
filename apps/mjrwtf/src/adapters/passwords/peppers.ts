import { hkdfSync } from 'node:crypto'

/** Secrets that are part of every password hash and are not stored in the database. */
export interface Peppers {
  /** Used for new hashes; `null` if there is none. */
  readonly newest: Pepper | null
  /** Ids of all, newest first. Not secret. */
  readonly ids: readonly string[]
  find(id: string): Pepper | null
}

export interface Pepper {
  /** 8 characters of base64 derived from the secret, so that two secrets have different ids. */
  readonly id: string
  /** Argon2's secret value K (RFC 9106 section 3.1). */
  readonly secret: Uint8Array
}

/** In bytes of UTF-8. The id allows offline guesses of a short pepper. */
const minPepperBytes = 32

/** Derives peppers from texts, newest first. Throws `RangeError` for one under 32 bytes, without revealing it. */
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
    throw new RangeError('A pepper must have at least 32 bytes.')
  const id = Buffer.from(derive(text, 'id', 6)).toString('base64')
  return { id, secret: derive(text, 'secret', 32) }
}

function derive(text: string, purpose: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', text, '', `mjr.wtf password pepper ${purpose}`, length))
}
