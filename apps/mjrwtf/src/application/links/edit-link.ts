import type { Clock } from 'coatcheck'
import { parseDestination } from '../../domain/destination.ts'
import { parseExpiry } from '../../domain/expiry.ts'
import type { FieldError, Invalid } from '../../domain/results.ts'
import { isShortCode } from '../../domain/short-code.ts'
import type { Instant } from '../../domain/time.ts'
import type {
  LinkChanges,
  LinkRepository,
  LinkWithClicks,
  OwnLink,
} from '../ports/link-repository.ts'

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

export interface EditLinkPorts {
  readonly links: LinkRepository
  readonly clock: Clock
  readonly ownOrigins: readonly string[]
}

export function createEditLink({ links, clock, ownOrigins }: EditLinkPorts): EditLink {
  return async function editLink({ ownerId, shortCode, ...update }) {
    // Whether it is theirs comes first: others learn nothing, not even what is wrong with their request.
    const own = { ownerId, shortCode }
    if (!isShortCode(shortCode) || (await links.findOwn(own)) === null) {
      return { status: 'not-found' }
    }
    const parsed = parseChanges(update, ownOrigins, clock.now())
    if (parsed.status === 'invalid') return parsed

    const edited = await links.edit(own, parsed.changes)
    const link = edited ? await links.findOwn(own) : null
    return link === null ? { status: 'not-found' } : { status: 'edited', link }
  }
}

type LinkUpdate = Pick<EditLinkRequest, 'destination' | 'expiresAt'>

function parseChanges(update: LinkUpdate, ownOrigins: readonly string[], now: Instant) {
  const fields: FieldError<'destination' | 'expiresAt'>[] = []
  let changes: LinkChanges = {}
  if (update.destination !== undefined) {
    const parsed = parseDestination(update.destination, ownOrigins)
    if (parsed.status === 'ok') changes = { ...changes, destination: parsed.destination }
    else fields.push({ field: 'destination', message: parsed.message })
  }
  if (update.expiresAt !== undefined) {
    const parsed = parseExpiry(update.expiresAt, now)
    if (parsed.status === 'ok') changes = { ...changes, expiresAt: parsed.expiresAt }
    else fields.push({ field: 'expiresAt', message: parsed.message })
  }
  if (fields.length > 0) return { status: 'invalid', fields } as const
  return { status: 'ok', changes } as const
}
