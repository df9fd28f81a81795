import type { LinkInput } from '../../../application/links/link-details.ts'
import type { OwnLink } from '../../../application/ports/link-repository.ts'
import { addCampaign, type CampaignName, campaignNames } from '../../../domain/campaign.ts'
import { type LinkDetails, shownDestination } from '../../../domain/link.ts'
import { defineDraftForm, formText, optionalFormText } from '../forms/forms.ts'
import type { UserRequestContext } from '../http-context.ts'
import { codeOfSegment } from '../short-url.ts'

// The fields of a link by their external names (http-contract): in forms and drafts; link-json.ts has those of the API.

/** Fields of both forms that drafts contain. */
const detailNames = [
  'original_url',
  'title',
  'note',
  'tags',
  'starts_at',
  'expires_at',
  'fallback_url',
  'click_limit',
  'forward_query',
] as const

type DetailName = (typeof detailNames)[number]

function fieldsOf<Field>(field: Field) {
  return {
    original_url: field,
    title: field,
    note: field,
    tags: field,
    starts_at: field,
    expires_at: field,
    fallback_url: field,
    click_limit: field,
    forward_query: field,
    password: field,
  }
}

export const createLinkForm = defineDraftForm(
  {
    ...fieldsOf(formText),
    short_code: formText,
    domain: formText,
    time_zone: optionalFormText,
    utm_source: formText,
    utm_medium: formText,
    utm_campaign: formText,
    utm_term: formText,
    utm_content: formText,
  },
  [...detailNames, 'short_code', 'domain', ...campaignNames],
)

/** Fields that are absent do not change. */
export const editLinkForm = defineDraftForm(
  { ...fieldsOf(optionalFormText), time_zone: optionalFormText, remove_password: optionalFormText },
  detailNames,
)

type LinkFieldName =
  | DetailName
  | 'short_code'
  | 'domain'
  | 'time_zone'
  | 'remove_password'
  | 'password'
  | CampaignName

/** Values of the link forms, as typed. Times are of the zone `time_zone`. */
export type LinkFormValues = Readonly<Partial<Record<LinkFieldName, string | undefined>>>

/** The details of a link as values of its edit form. */
export function toFormValues(link: LinkDetails) {
  const { title, note, tags, clickLimit } = link
  return {
    original_url: shownDestination(link),
    starts_at: instantText(link.startsAt),
    expires_at: instantText(link.expiresAt),
    fallback_url: link.fallbackUrl ?? '',
    click_limit: clickLimit === null ? '' : String(clickLimit),
    forward_query: link.forwardsQuery ? 'on' : '',
    title,
    note,
    tags: tags.join(', '),
  }
}

/** The details of a form by the names of the use cases: tags are separated by commas, and the campaign is added to the URL. */
export function formLinkInput(values: LinkFormValues): LinkInput {
  const { original_url: url, tags, forward_query: forwarded } = values
  return toLinkInput({
    ...values,
    original_url: url === undefined ? undefined : addCampaign(url, values),
    tags: tags === undefined ? undefined : splitTags(tags),
    forward_query: forwarded === undefined ? undefined : forwarded === 'on',
    password: passwordIn(values),
  })
}

/** The form never shows a password, so an empty field keeps it. */
function passwordIn({ password = '', remove_password: remove }: LinkFormValues) {
  if (password !== '') return password
  return remove === 'on' ? null : undefined
}

/** Commas of other scripts separate tags too. */
function splitTags(text: string): readonly string[] {
  return text.split(/[,\u060c\u3001\uff0c]/u)
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

/** The details of an API body by the names of the use cases. */
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
