import { type Link, linkDefaults } from '../../domain/link.ts'
import type { Busy, FieldError, Invalid, Throttled } from '../../domain/results.ts'
import { generateShortCode, normalizeCode, shortCodeProblem } from '../../domain/short-code.ts'
import type { UserId } from '../../domain/user.ts'
import type { NewLink } from '../ports/link-repository.ts'
import { RepositoryError } from '../ports/repository-error.ts'
import { refuseBlocked } from './blocked-destinations.ts'
import type { LinksDependencies } from './dependencies.ts'
import {
  type LinkDetailField,
  type LinkInput,
  type LinkRules,
  parseLinkInput,
} from './link-details.ts'
import { hashLinkPassword } from './link-password.ts'
import { withDomains } from './with-domains.ts'

export interface ShortenLinkRequest extends LinkInput {
  readonly ownerId: UserId
  /** The requested short code. Absent, `null` or empty: a generated one. */
  readonly shortCode?: string | null | undefined
  /** Host of a short domain. Absent, `null` or empty: the default host. */
  readonly domain?: string | null | undefined
  /** Of the user, who waits with other clients for the hash of a password. Default: unknown. */
  readonly ipAddress?: string | null
}

export type LinkField = LinkDetailField | 'shortCode' | 'domain'

export type ShortenLinkResult =
  | { readonly status: 'shortened'; readonly link: Link }
  | Invalid<LinkField>
  | { readonly status: 'short-code-taken' }
  /** The owner's account was deleted concurrently. */
  | { readonly status: 'owner-deleted' }
  | Throttled
  | Busy

export type ShortenLink = (request: ShortenLinkRequest) => Promise<ShortenLinkResult>

type ShortenLinkDependencies = Pick<
  LinksDependencies,
  | 'links'
  | 'limits'
  | 'isBlocked'
  | 'secrets'
  | 'clock'
  | 'destinationRules'
  | 'passwordHasher'
  | 'domains'
>

/** With 35 random bits, five collisions in a row indicate a bug, not chance. */
const maxGenerationAttempts = 5

export function createShortenLink(dependencies: ShortenLinkDependencies): ShortenLink {
  const { links, limits, isBlocked, secrets, clock, domains, passwordHasher } = dependencies

  async function add({ passwordHash = null, ...link }: NewLink): Promise<ShortenLinkResult> {
    const added = await links.add({ ...link, passwordHash })
    if (added === 'added') return { status: 'shortened', link }
    return added === 'owner-deleted' ? { status: added } : { status: 'short-code-taken' }
  }

  async function addGenerated(link: Omit<NewLink, 'shortCode'>): Promise<ShortenLinkResult> {
    for (let attempt = 0; attempt < maxGenerationAttempts; attempt += 1) {
      const added = await add({ ...link, shortCode: generateShortCode(secrets.bytes) })
      if (added.status !== 'short-code-taken') return added
    }
    throw new RepositoryError('No available short code was found.')
  }

  return async function shortenLink({ ipAddress = null, ...request }) {
    const now = clock.now()
    const rules = withDomains(dependencies.destinationRules, domains)
    const domain = request.domain || null
    const isKnown = domain === null || domains.find(domain) !== null
    const linkRules = { ...rules, now, current: null }
    const validated = requireDomain(isKnown, validateLink(request, linkRules))
    if (validated.status === 'invalid') return validated
    const refused = await refuseBlocked(validated.details, isBlocked)
    if (refused !== null) return refused
    const throttled = await limits.link(request.ownerId)
    if (throttled !== null) return throttled

    const { details, password, shortCode } = validated
    const hashed = await hashLinkPassword(passwordHasher, password, ipAddress)
    if (hashed.status === 'busy') return hashed
    const hasPassword = typeof hashed.changes.passwordHash === 'string'
    const own = { id: secrets.id(), ownerId: request.ownerId, createdAt: now, domain }
    const link = { ...details, ...own, ...hashed.changes, hasPassword }
    // The unique index decides, not a prior lookup: two users may request the same short code at once.
    return shortCode === null ? addGenerated(link) : add({ ...link, shortCode })
  }
}

function requireDomain<Validated extends ReturnType<typeof validateLink>>(
  isKnown: boolean,
  validated: Validated,
) {
  if (isKnown) return validated
  const fields: readonly FieldError<LinkField>[] =
    validated.status === 'invalid' ? validated.fields : []
  return { status: 'invalid', fields: [...fields, unknownDomain] } as const
}

const unknownDomain = {
  field: 'domain',
  message: 'Choose one of the domains of this site.',
} as const

function validateLink({ shortCode, ...input }: ShortenLinkRequest, rules: LinkRules) {
  const result = parseLinkInput({ ...input, destination: input.destination ?? '' }, rules)
  const requestedCode = normalizeCode(shortCode ?? '') || null
  const problem = requestedCode === null ? null : shortCodeProblem(requestedCode)
  const fields: FieldError<LinkField>[] = result.status === 'invalid' ? [...result.fields] : []
  if (problem !== null) fields.push({ field: 'shortCode', message: problem })
  if (result.status === 'invalid' || problem !== null) {
    return { status: 'invalid', fields } as const
  }
  const { details, password } = result.parsed
  const withDefaults = { ...linkDefaults, destination: '', ...details }
  return { status: 'ok', details: withDefaults, password, shortCode: requestedCode } as const
}
