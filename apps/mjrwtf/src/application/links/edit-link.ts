import type { Clock } from 'coatcheck'
import type { LinkDetails } from '../../domain/link.ts'
import type { Invalid } from '../../domain/results.ts'
import { isShortCode } from '../../domain/short-code.ts'
import type { LinkRepository, LinkWithClicks, OwnLink } from '../ports/link-repository.ts'
import { type LinkInput, parseLinkInput } from './link-details.ts'

/** Details that are absent do not change. */
export interface EditLinkRequest extends OwnLink, LinkInput {}

export type EditLinkResult =
  | { readonly status: 'edited'; readonly link: LinkWithClicks }
  | Invalid<keyof LinkDetails>
  | { readonly status: 'not-found' }

export type EditLink = (request: EditLinkRequest) => Promise<EditLinkResult>

export interface EditLinkPorts {
  readonly links: LinkRepository
  readonly clock: Clock
  readonly ownOrigins: readonly string[]
}

export function createEditLink({ links, clock, ownOrigins }: EditLinkPorts): EditLink {
  return async function editLink({ ownerId, shortCode, ...input }) {
    // Checked first: other users must not learn anything about the link, not even which fields are invalid.
    const own = { ownerId, shortCode }
    if (!isShortCode(shortCode) || (await links.findOwn(own)) === null) {
      return { status: 'not-found' }
    }
    const parsed = parseLinkInput(input, { ownOrigins, now: clock.now() })
    if (parsed.status === 'invalid') return parsed

    const edited = await links.edit(own, parsed.changes)
    const link = edited ? await links.findOwn(own) : null
    return link === null ? { status: 'not-found' } : { status: 'edited', link }
  }
}
