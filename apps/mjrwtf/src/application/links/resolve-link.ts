import { keysOfRequest, type RequestedCode } from '../../domain/copied-code.ts'
import { isShortCode } from '../../domain/short-code.ts'
import type { FoundCode, LinkRepository, ResolvedLink } from '../ports/link-repository.ts'

export type ResolveLinkResult =
  /** The link may have expired, and may be removed or taken down. */
  | { readonly status: 'resolved'; readonly link: ResolvedLink }
  /** No link has, or ever had, the code, or it is not certain which one. */
  | { readonly status: 'unknown' }
  /** The code was removed from its link, or the link deleted with its owner's account. */
  | { readonly status: 'ended' }

/**
 * Finds the link of a requested code: that with exactly the code, else the only one whose code differs by case, else the only
 * one whose code is requested with characters that a link picks up when it is copied. Reads a main code in one statement,
 * everything else in two.
 */
export type ResolveLink = (requested: RequestedCode) => Promise<ResolveLinkResult>

export function createResolveLink(
  links: Pick<LinkRepository, 'resolve' | 'findCodes'>,
): ResolveLink {
  return async function resolveLink(requested) {
    const { code } = requested
    const link = isShortCode(code) ? await links.resolve(code) : null
    if (link !== null) return { status: 'resolved', link }
    const keys = keysOfRequest(requested)
    if (keys.length === 0) return { status: 'unknown' }
    const found = await links.findCodes(keys)
    const exact = found.find((each) => each.code === code)
    if (exact !== undefined) return resultOf(exact)
    const byKey = Map.groupBy(found, ({ key }) => key)
    const nearest = keys.map((key) => byKey.get(key)).find((codes) => codes !== undefined) ?? []
    return onlyOne(nearest)
  }
}

/** Several codes of one link are possible: one may differ by case from the main code. */
function onlyOne(codes: readonly FoundCode[]): ResolveLinkResult {
  const [first] = codes
  const links = new Set(codes.map(({ code, link }) => link?.id ?? code))
  return first === undefined || links.size > 1 ? { status: 'unknown' } : resultOf(first)
}

function resultOf({ link }: FoundCode): ResolveLinkResult {
  return link === null ? { status: 'ended' } : { status: 'resolved', link }
}
