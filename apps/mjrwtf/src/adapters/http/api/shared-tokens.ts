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
    const presentedDigest = digest(presented)
    const index = digests.map((each) => timingSafeEqual(each, presentedDigest)).indexOf(true)
    return index === -1 ? null : index
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
