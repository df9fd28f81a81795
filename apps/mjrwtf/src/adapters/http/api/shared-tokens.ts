import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Makes the check of shared bearer tokens. Digests are compared, so lengths are equal, and with every
 * token, so the time says neither whether nor which one matched (ASVS 5.0 V11.2.4).
 */
export function createSharedTokenCheck(tokens: readonly string[]): (presented: string) => boolean {
  const digests = tokens.map(digest)
  return (presented) => {
    const given = digest(presented)
    return digests.filter((each) => timingSafeEqual(each, given)).length > 0
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
