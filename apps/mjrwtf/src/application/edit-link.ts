import type { Invalid } from '../domain/refusals.ts'
import type { OwnLink } from './find-own-link.ts'
import type { LinkWithClicks } from './list-links.ts'

export interface EditLinkRequest extends OwnLink {
  /** Absent: stays as it is. */
  readonly destination?: string
  /** Absent: stays as it is; `null` or empty: never expires. Forms as in `ShortenLinkRequest`. */
  readonly expiresAt?: string | null
}

export type EditLinkResult =
  | { readonly status: 'edited'; readonly link: LinkWithClicks }
  | Invalid<'destination' | 'expiresAt'>
  | { readonly status: 'not-found' }

export type EditLink = (request: EditLinkRequest) => Promise<EditLinkResult>
