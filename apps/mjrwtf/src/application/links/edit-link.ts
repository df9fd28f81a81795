import type { LinkEditor } from '../../domain/link-edit.ts'
import type { Busy, Invalid } from '../../domain/results.ts'
import type { LinkWithClicks, OwnLink } from '../ports/link-repository.ts'
import { refuseBlocked } from './blocked-destinations.ts'
import type { LinksDependencies } from './dependencies.ts'
import { type LinkDetailField, type LinkInput, parseLinkInput } from './link-details.ts'
import { hashLinkPassword } from './link-password.ts'
import type { FindOwnLink } from './own-links.ts'
import { withDomains } from './with-domains.ts'

/** Details that are absent do not change. */
export interface EditLinkRequest extends OwnLink, LinkInput {
  readonly by: LinkEditor
  /** Of the user, who waits with other clients for the hash of a new password. Default: unknown. */
  readonly ipAddress?: string | null
}

export type EditLinkResult =
  | { readonly status: 'edited'; readonly link: LinkWithClicks }
  | Invalid<LinkDetailField>
  | { readonly status: 'not-found' }
  /** Only the operator makes it redirect again. Nothing changed. */
  | { readonly status: 'taken-down' }
  | Busy

export type EditLink = (request: EditLinkRequest) => Promise<EditLinkResult>

interface EditLinkDependencies
  extends Pick<
    LinksDependencies,
    'links' | 'isBlocked' | 'clock' | 'destinationRules' | 'passwordHasher' | 'domains'
  > {
  readonly findOwnLink: FindOwnLink
}

export function createEditLink(dependencies: EditLinkDependencies): EditLink {
  const { links, findOwnLink, isBlocked, clock, domains, passwordHasher } = dependencies
  return async function editLink({ ownerId, shortCode, by, ipAddress = null, ...input }) {
    // Before validation, so that another user's link is indistinguishable from a missing one.
    const own = await findOwnLink({ ownerId, shortCode })
    if (own === null) return { status: 'not-found' }
    const rules = withDomains(dependencies.destinationRules, domains)
    const result = parseLinkInput(input, { ...rules, now: clock.now(), current: own })
    if (result.status === 'invalid') return result
    if (own.takeDown !== null) return { status: 'taken-down' }
    const { details, password } = result.parsed
    const refused = await refuseBlocked(details, isBlocked)
    if (refused !== null) return refused
    const hashed = await hashLinkPassword(passwordHasher, password, ipAddress)
    if (hashed.status === 'busy') return hashed

    const changes = { ...details, ...hashed.changes }
    const edited = await links.edit(own, changes, { at: clock.now(), by })
    const link = await findOwnLink(own)
    if (link === null) return { status: 'not-found' }
    return edited ? { status: 'edited', link } : { status: 'taken-down' }
  }
}
