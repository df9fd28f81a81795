import { z } from 'zod'
import type { LinkInput } from '../../../application/links/link-details.ts'
import type { OwnLink } from '../../../application/ports/link-repository.ts'
import { type Link, type LinkDetails, shownDestination } from '../../../domain/link.ts'
import { defineDraftForm, formText, optionalFormText } from '../forms/forms.ts'
import type { UserRequestContext } from '../http-context.ts'
import { codeOfSegment, shortUrlOf } from '../short-url.ts'

// The fields of a link by their external names (http-contract): in forms, drafts, the API and exports.

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

const text = z.string('Send text.')

/** Body of POST /api/urls. Unknown fields are rejected. */
export const createLinkBody = z.strictObject({
  original_url: text.describe('Destination URL. Without a scheme, https:// is added.'),
  short_code: text
    .nullish()
    .describe(
      '1 to 64 letters, digits, periods, hyphens, underscores or slashes. Omit to get a random code.',
    ),
  expires_at: text.nullish().describe('RFC 3339, in the future. Omit to keep the link forever.'),
})

/** Body of PATCH /api/urls/{code}. Absent fields stay unchanged. */
export const editLinkBody = z.strictObject({
  original_url: text.optional().describe('New destination URL. Omit to leave unchanged.'),
  expires_at: text
    .nullable()
    .optional()
    .describe('RFC 3339, in the future; null for never. Omit to leave unchanged.'),
})

interface LinkFields {
  readonly original_url?: string | undefined
  readonly expires_at?: string | null | undefined
}

/** The details of a form or of an API body, by the names of the use cases. */
export function toLinkInput(fields: LinkFields): LinkInput {
  return { destination: fields.original_url, expiresAt: fields.expires_at }
}

/** A link in responses of the API and in exports, as JSON Schema properties. */
export const linkProperties = {
  short_code: { type: 'string' },
  short_url: { type: 'string', format: 'uri' },
  original_url: { type: 'string', format: 'uri' },
  created_at: { type: 'string', format: 'date-time' },
  expires_at: { type: ['string', 'null'], format: 'date-time' },
  /** As its owner typed it, with characters of any script. */
  display_url: { type: 'string' },
}

export function linkJson(
  link: Link,
  shortBaseUrl: string,
): Readonly<Record<keyof typeof linkProperties, string | null>> {
  return {
    short_code: link.shortCode,
    short_url: new URL(shortUrlOf(shortBaseUrl, link.shortCode)).href,
    original_url: link.destination,
    created_at: new Date(link.createdAt).toISOString(),
    expires_at: link.expiresAt === null ? null : new Date(link.expiresAt).toISOString(),
    display_url: shownDestination(link),
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
