import type { Clock } from 'coatcheck'
import { hasExpired, type Link } from '../../domain/link.ts'
import { isShortCode } from '../../domain/short-code.ts'
import type { LinkRepository } from '../ports/link-repository.ts'

export type FollowLinkResult =
  | { readonly status: 'found'; readonly link: Pick<Link, 'id' | 'shortCode' | 'destination'> }
  | { readonly status: 'unknown' }
  /** Expired or removed, or its owner's account is gone (410). */
  | { readonly status: 'gone' }

/** Where a short code leads. Counts nothing: call `recordClick` for a GET that redirects. */
export type FollowLink = (shortCode: string) => Promise<FollowLinkResult>

export interface FollowLinkPorts {
  readonly links: LinkRepository
  readonly clock: Clock
}

export function createFollowLink({ links, clock }: FollowLinkPorts): FollowLink {
  return async function followLink(shortCode) {
    if (!isShortCode(shortCode)) return { status: 'unknown' }
    const link = await links.resolve(shortCode)
    if (link === null) return { status: (await links.isCodeUsed(shortCode)) ? 'gone' : 'unknown' }
    if (link.removedAt !== null || hasExpired(link, clock.now())) return { status: 'gone' }
    return { status: 'found', link }
  }
}
