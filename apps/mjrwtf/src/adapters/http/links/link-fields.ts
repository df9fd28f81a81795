import type { LinkInput } from '../../../application/links/link-details.ts'
import type { OwnLink } from '../../../application/ports/link-repository.ts'
import { type LinkDetails, shownDestination } from '../../../domain/link.ts'
import { defineDraftForm, formText, optionalFormText } from '../forms/forms.ts'
import type { UserRequestContext } from '../http-context.ts'
import { codeOfSegment } from '../short-url.ts'

// The fields of a link by their external names (http-contract): in forms and drafts; link-json.ts has those of the API.

export const createLinkForm = defineDraftForm(
  {
    original_url: formText,
    short_code: formText,
    expires_at: formText,
    time_zone: optionalFormText,
  },
  ['original_url', 'short_code', 'expires_at'],
)

export const editLinkForm = defineDraftForm(
  { original_url: optionalFormText, expires_at: optionalFormText, time_zone: optionalFormText },
  ['original_url', 'expires_at'],
)

/** Values of the link forms, as typed. */
export interface LinkFormValues {
  readonly original_url?: string | undefined
  readonly short_code?: string | undefined
  readonly expires_at?: string | undefined
  /** In which the times were typed. */
  readonly time_zone?: string | undefined
}

/** The details of a link as values of its edit form. */
export function toFormValues(link: LinkDetails) {
  return { original_url: shownDestination(link), expires_at: instantText(link.expiresAt) }
}

function instantText(instant: number | null): string {
  return instant === null ? '' : new Date(instant).toISOString()
}

interface LinkFields {
  readonly original_url?: string | undefined
  readonly expires_at?: string | null | undefined
  readonly starts_at?: string | null | undefined
  readonly fallback_url?: string | null | undefined
  readonly click_limit?: string | number | null | undefined
  readonly password?: string | null | undefined
  readonly title?: string | null | undefined
  readonly note?: string | null | undefined
  readonly tags?: readonly string[] | null | undefined
  readonly forward_query?: boolean | undefined
}

/** The details of a form or of an API body, by the names of the use cases. */
export function toLinkInput(fields: LinkFields): LinkInput {
  const { password, title, note, tags } = fields
  return {
    destination: fields.original_url,
    expiresAt: fields.expires_at,
    startsAt: fields.starts_at,
    fallbackUrl: fields.fallback_url,
    clickLimit: fields.click_limit,
    forwardsQuery: fields.forward_query,
    ...{ password, title, note, tags },
  }
}

/** The answer to a change of a link that the operator has taken down. */
export const linkTakenDown = {
  status: 409,
  code: 'link_taken_down',
  title: 'This link was taken down',
  message: 'The operator of this site took it down, so it cannot be changed. You can delete it.',
} as const

/** The link of the request's path, as one of the user's own. */
export function requestedLink(c: UserRequestContext): OwnLink {
  return { ownerId: c.var.user.id, shortCode: codeOfSegment(c.req.param('code') ?? '') }
}
