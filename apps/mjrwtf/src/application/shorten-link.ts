import type { Link } from '../domain/link.ts'
import type { Invalid, Throttled } from '../domain/refusals.ts'
import type { UserId } from '../domain/user.ts'

export interface ShortenLinkRequest {
  readonly ownerId: UserId
  readonly destination: string
  /** The wanted short code. Absent, `null` or empty: one is made. */
  readonly shortCode?: string | null
  /** RFC 3339, or `YYYY-MM-DDTHH:MM` (a form's datetime-local) read as UTC. Absent, `null` or empty: never. */
  readonly expiresAt?: string | null
}

/** Names of a link's fields as the domain says them; the API calls them original_url, short_code, expires_at. */
export type LinkField = 'destination' | 'shortCode' | 'expiresAt'

export type ShortenLinkResult =
  | { readonly status: 'shortened'; readonly link: Link }
  | Invalid<LinkField>
  | { readonly status: 'short-code-taken' }
  | Throttled

export type ShortenLink = (request: ShortenLinkRequest) => Promise<ShortenLinkResult>
