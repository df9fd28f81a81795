import { z } from 'zod'
import { type Link, shownDestination } from '../../../domain/link.ts'
import { linkPasswordLength } from '../../../domain/link-options.ts'
import { linkTextLimits } from '../../../domain/link-texts.ts'
import { tagLimits } from '../../../domain/tag.ts'
import { linkUrl } from '../short-url.ts'

// The fields of a link in the API and in exports, by their external names (http-contract).

const text = z.string('Send text.')
const { title, note } = linkTextLimits
const { perLink: tags, length: tag } = tagLimits

/** The options of a link. The use cases validate their values, and name the field of each error. */
const options = {
  starts_at: text.nullish().describe('RFC 3339. Until then the link responds 404. Omit for now.'),
  fallback_url: text
    .nullish()
    .describe('Where the link redirects after its end. Omit for an error page.'),
  click_limit: z
    .number('Send a number.')
    .nullish()
    .describe('Visits that are redirected; bots do not count. Omit for no limit.'),
  password: text
    .nullish()
    .describe(
      `Visitors must enter it: ${linkPasswordLength.min} to ${linkPasswordLength.max} characters. Omit for none.`,
    ),
  title: text.nullish().describe(`Up to ${title} characters.`),
  note: text.nullish().describe(`Up to ${note.toLocaleString('en')} characters. Only you see it.`),
  tags: z
    .array(text, 'Send a list of texts.')
    .nullish()
    .describe(`Up to ${tags} tags of up to ${tag} characters, without commas.`),
  forward_query: z
    .boolean('Send true or false.')
    .optional()
    .describe('Whether the query of the short URL is added to the destination. Default: false.'),
}

/** Body of POST /api/urls. Unknown fields are rejected. */
export const createLinkBody = z.strictObject({
  original_url: text.describe('Destination URL. Without a scheme, https:// is added.'),
  short_code: text
    .nullish()
    .describe(
      '1 to 64 letters, digits, periods, hyphens, underscores or slashes. Omit to get a random code.',
    ),
  domain: text.nullish().describe('One of the domains of this site. Omit for the default one.'),
  expires_at: text.nullish().describe('RFC 3339, in the future. Omit to keep the link forever.'),
  ...options,
})

/** Body of PATCH /api/urls/{code}. Absent fields stay unchanged. */
export const editLinkBody = z.strictObject({
  short_code: text
    .optional()
    .describe(
      'New short code, sent without other fields. The one until then keeps redirecting. Omit to leave unchanged.',
    ),
  original_url: text.optional().describe('New destination URL. Omit to leave unchanged.'),
  expires_at: text
    .nullish()
    .describe('RFC 3339, in the future; null for never. Omit to leave unchanged.'),
  ...options,
})

/** Body of POST /api/urls/{code}/codes. */
export const addCodeBody = z.strictObject({
  short_code: text.describe('A further short code that redirects to the same destination.'),
})

const string = { type: 'string' }
const instant = { type: ['string', 'null'], format: 'date-time' }

/** A link in responses of the API and in exports, as JSON Schema properties. */
export const linkProperties = {
  short_code: string,
  short_url: { type: 'string', format: 'uri' },
  original_url: { type: 'string', format: 'uri' },
  created_at: { type: 'string', format: 'date-time' },
  expires_at: instant,
  starts_at: instant,
  fallback_url: { type: ['string', 'null'], format: 'uri' },
  click_limit: { type: ['integer', 'null'] },
  has_password: { type: 'boolean' },
  title: string,
  note: string,
  tags: { type: 'array', items: string },
  forward_query: { type: 'boolean' },
  archived: { type: 'boolean' },
  /** As its owner typed it, with characters of any script. */
  display_url: string,
}

export function linkJson(link: Link, shortBaseUrl: string) {
  return {
    short_code: link.shortCode,
    short_url: new URL(linkUrl(shortBaseUrl, link)).href,
    original_url: link.destination,
    created_at: new Date(link.createdAt).toISOString(),
    expires_at: isoTime(link.expiresAt),
    starts_at: isoTime(link.startsAt),
    fallback_url: link.fallbackUrl,
    click_limit: link.clickLimit,
    has_password: link.hasPassword,
    title: link.title,
    note: link.note,
    tags: link.tags,
    forward_query: link.forwardsQuery,
    archived: link.archivedAt !== null,
    display_url: shownDestination(link),
  } satisfies Readonly<Record<keyof typeof linkProperties, unknown>>
}

function isoTime(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString()
}
