import type { Clock } from 'coatcheck'
import { parseDestination } from '../../domain/destination.ts'
import { parseExpiry } from '../../domain/expiry.ts'
import type { Link } from '../../domain/link.ts'
import type { FieldError, Invalid, Throttled } from '../../domain/results.ts'
import { generateShortCode, shortCodeProblem } from '../../domain/short-code.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { LinkRepository } from '../ports/link-repository.ts'
import { RepositoryError } from '../ports/repository-error.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'

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
  /** The owner's account was deleted at the same moment. */
  | { readonly status: 'owner-deleted' }
  | Throttled

export type ShortenLink = (request: ShortenLinkRequest) => Promise<ShortenLinkResult>

export interface ShortenLinkPorts {
  readonly links: LinkRepository
  readonly limits: Pick<Limits, 'link'>
  readonly secrets: Pick<Secrets, 'id' | 'bytes'>
  readonly clock: Clock
  /** Origins under which this app answers: no link may lead back to them. */
  readonly ownOrigins: readonly string[]
}

/** Of 40 random bits even two collisions in a row are not chance but a fault. */
const maxGenerationAttempts = 5

export function createShortenLink(ports: ShortenLinkPorts): ShortenLink {
  const { links, limits, secrets, clock } = ports

  async function add(link: Link): Promise<ShortenLinkResult> {
    const added = await links.add(link)
    if (added === 'added') return { status: 'shortened', link }
    return added === 'owner-deleted' ? { status: added } : { status: 'short-code-taken' }
  }

  async function addGenerated(link: Omit<Link, 'shortCode'>): Promise<ShortenLinkResult> {
    for (let attempt = 0; attempt < maxGenerationAttempts; attempt += 1) {
      const added = await add({ ...link, shortCode: generateShortCode(secrets.bytes) })
      if (added.status !== 'short-code-taken') return added
    }
    throw new RepositoryError('No free short code was found.')
  }

  return async function shortenLink(request) {
    const now = clock.now()
    const validated = validateLink(request, ports.ownOrigins, now)
    if (validated.status === 'invalid') return validated
    const throttled = await limits.link(request.ownerId)
    if (throttled !== null) return throttled

    const { destination, expiresAt, shortCode } = validated
    const base = {
      id: secrets.id(),
      destination,
      ownerId: request.ownerId,
      createdAt: now,
      expiresAt,
    }
    // The store decides, not a look-up first: two people may ask for one short code at once.
    return shortCode === null ? addGenerated(base) : add({ ...base, shortCode })
  }
}

function validateLink(request: ShortenLinkRequest, ownOrigins: readonly string[], now: Instant) {
  const destination = parseDestination(request.destination, ownOrigins)
  const expiry = parseExpiry(request.expiresAt, now)
  const shortCode = request.shortCode || null
  const problem = shortCode === null ? null : shortCodeProblem(shortCode)

  const fields: FieldError<LinkField>[] = []
  if (destination.status === 'invalid') {
    fields.push({ field: 'destination', message: destination.message })
  }
  if (problem !== null) fields.push({ field: 'shortCode', message: problem })
  if (expiry.status === 'invalid') fields.push({ field: 'expiresAt', message: expiry.message })
  if (destination.status === 'invalid' || expiry.status === 'invalid' || problem !== null) {
    return { status: 'invalid', fields } as const
  }
  const { expiresAt } = expiry
  return { status: 'ok', destination: destination.destination, expiresAt, shortCode } as const
}
