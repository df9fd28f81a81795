import type { Link } from '../domain/link.ts'

export type FollowLinkResult =
  | { readonly status: 'found'; readonly link: Pick<Link, 'id' | 'shortCode' | 'destination'> }
  | { readonly status: 'unknown' }
  /** Expired or removed (410). */
  | { readonly status: 'gone' }

/** Where a short code leads. Counts nothing: call `recordClick` for a GET that redirects. */
export type FollowLink = (shortCode: string) => Promise<FollowLinkResult>
