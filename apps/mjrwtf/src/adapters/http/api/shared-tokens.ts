import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Creates the check of shared bearer tokens. It returns the index of the matching token or `null`. It compares digests, which
 * have equal lengths, with every token, so that its duration does not reveal whether or which one matched (ASVS 5.0 V11.2.4).
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
