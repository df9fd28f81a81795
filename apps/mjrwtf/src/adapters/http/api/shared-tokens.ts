import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Makes the check of shared bearer tokens: which one it is, by its place among them, or `null`. Digests are compared, so lengths are equal, and with every
 * token, so the time says neither whether nor which one matched (ASVS 5.0 V11.2.4).
 */
export function createSharedTokenCheck(
  tokens: readonly string[],
): (presented: string) => number | null {
  const digests = tokens.map(digest)
  return (presented) => {
    const given = digest(presented)
    const place = digests.map((each) => timingSafeEqual(each, given)).indexOf(true)
    return place === -1 ? null : place
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
