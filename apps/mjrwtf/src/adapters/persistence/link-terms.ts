import type { LinkPosition } from '../../application/ports/link-list.ts'
import type { PageStart } from '../../application/ports/paging.ts'

/**
 * The index of link searches. A term is three consecutive bytes of a link's text, in lower case, within a volume of
 * consecutive links of one user. As terms contain the volume, a search never reads entries of other users or of other
 * volumes, and no list of entries is longer than a volume. The migrations compute the same terms.
 */
const volumeBits = 14

/** Maximum number of terms in a search. More make it slower, and exclude hardly any further links. */
const maxTerms = 4

/** Number of a term in the index. At most 63 bits, for the first 2^23 (8 million) users who ever added a link. */
export type LinkTerm = bigint

export type LinkVolume = number

export function volumeOf(position: LinkPosition): LinkVolume {
  return Math.floor(position / 2 ** volumeBits)
}

/** The place after all links of the volume. */
export function endOf(
  volume: LinkVolume,
  direction: PageStart<unknown>['direction'],
): LinkPosition {
  return direction === 'older' ? volume * 2 ** volumeBits : (volume + 1) * 2 ** volumeBits - 1
}

/** Selects three-byte parts of the folded text. Empty if it is too short: the index does not help then. */
export function selectGrams(text: string): readonly number[] {
  const grams = listGrams(text)
  const rare = grams.filter((gram) => !commonGrams.has(gram))
  return spread(rare.length === 0 ? grams : rare)
}

export function toTerm(volume: LinkVolume, gram: number): LinkTerm {
  return (BigInt(volume) << 24n) | BigInt(gram)
}

function listGrams(text: string): readonly number[] {
  const bytes = Buffer.from(text)
  const grams = Array.from({ length: Math.max(0, bytes.length - 2) }, (_, at) =>
    bytes.readUIntBE(at, 3),
  )
  return [...new Set(grams)]
}

/** Almost every link has them. */
const commonGrams: ReadonlySet<number> = new Set(
  ['https://www.', 'http://www.', '.com/'].flatMap(listGrams),
)

function spread(grams: readonly number[]): readonly number[] {
  const count = Math.min(grams.length, maxTerms)
  const step = count < 2 ? 0 : (grams.length - 1) / (count - 1)
  return Array.from({ length: count }, (_, index) => grams[Math.round(index * step)] ?? 0)
}
