import type { LinkDetails } from '../../domain/link.ts'
import type { LinkEditor } from '../../domain/link-edit.ts'
import type { Invalid } from '../../domain/results.ts'
import type { LinkWithClicks, OwnLink } from '../ports/link-repository.ts'
import { refuseBlocked } from './blocked-destinations.ts'
import type { LinksDependencies } from './dependencies.ts'
import { type LinkInput, parseLinkInput } from './link-details.ts'
import type { FindOwnLink } from './own-links.ts'

/** Details that are absent do not change. */
export interface EditLinkRequest extends OwnLink, LinkInput {
  readonly by: LinkEditor
}

export type EditLinkResult =
  | { readonly status: 'edited'; readonly link: LinkWithClicks }
  | Invalid<keyof LinkDetails>
  | { readonly status: 'not-found' }
  /** Only the operator makes it redirect again. Nothing changed. */
  | { readonly status: 'taken-down' }

export type EditLink = (request: EditLinkRequest) => Promise<EditLinkResult>

interface EditLinkDependencies
  extends Pick<LinksDependencies, 'links' | 'isBlocked' | 'clock' | 'destinationRules'> {
  readonly findOwnLink: FindOwnLink
}

export function createEditLink(dependencies: EditLinkDependencies): EditLink {
  const { links, findOwnLink, isBlocked, clock, destinationRules } = dependencies
  return async function editLink({ ownerId, shortCode, by, ...input }) {
    // Before validation, so that another user's link is indistinguishable from a missing one.
    const own = await findOwnLink({ ownerId, shortCode })
    if (own === null) return { status: 'not-found' }
    const parsed = parseLinkInput(input, { ...destinationRules, now: clock.now() })
    if (parsed.status === 'invalid') return parsed
    const refused = await refuseBlocked(parsed.changes, isBlocked)
    if (refused !== null) return refused

    const edited = await links.edit(own, parsed.changes, { at: clock.now(), by })
    const link = await findOwnLink(own)
    if (link === null) return { status: 'not-found' }
    return edited ? { status: 'edited', link } : { status: 'taken-down' }
  }
}
