import {
  agentFamily,
  type Click,
  deviceKind,
  referrerHost,
  systemFamily,
  unknownSource,
} from '../../domain/click.ts'
import { type DestinationRules, parseDestination } from '../../domain/destination.ts'
import { type Link, linkDefaults } from '../../domain/link.ts'
import { isAppPath } from '../../domain/reserved-codes.ts'
import { isShortCode } from '../../domain/short-code.ts'
import { parseFormInstant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { ClickRepository } from '../ports/click-repository.ts'
import type { LinkRepository } from '../ports/link-repository.ts'
import type { OldClick, OldDatabase, OldLink } from '../ports/old-database.ts'
import type { Secrets } from '../ports/secrets.ts'

export interface ImportOldLinksDependencies {
  readonly links: Pick<LinkRepository, 'add' | 'resolve'>
  readonly clicks: Pick<ClickRepository, 'add'>
  readonly secrets: Pick<Secrets, 'hash'>
  readonly destinationRules: DestinationRules
}

/** An old link that was not imported. */
export interface SkippedLink {
  readonly shortCode: string
  /** Why, as a sentence. */
  readonly reason: string
}

export interface ImportReport {
  /** Links of the old service that exist now, also from an earlier import. */
  readonly links: number
  readonly clicks: number
  readonly skipped: readonly SkippedLink[]
}

/**
 * Imports all links and clicks of the old service for the owner. Can be repeated, also after an interruption: a link or
 * click that was imported before is not imported again, and a link that was edited here since then stays as it is.
 */
export type ImportOldLinks = (old: OldDatabase, ownerId: UserId) => Promise<ImportReport>

const linksPerRead = 500
const clicksPerRead = 1_000

export function createImportOldLinks(dependencies: ImportOldLinksDependencies): ImportOldLinks {
  const { links, clicks, secrets } = dependencies

  /** Returns the number of clicks, or why the link was skipped. */
  async function importLink(old: OldDatabase, oldLink: OldLink, ownerId: UserId) {
    const link = toImportedLink(dependencies, oldLink, ownerId)
    if ('reason' in link) return link
    const result = await links.add(link)
    if (result === 'owner-deleted') return skipped(oldLink, 'Its new owner was deleted meanwhile.')
    if (result === 'short-code-taken' && !(await isImported(link))) {
      return skipped(oldLink, 'The code is in use, or was used before.')
    }
    return importClicks(old, oldLink, link)
  }

  async function isImported(link: Link): Promise<boolean> {
    const existing = await links.resolve(link.shortCode)
    return existing !== null && existing.id === link.id && existing.removedAt === null
  }

  async function importClicks(old: OldDatabase, oldLink: OldLink, link: Link): Promise<number> {
    let count = 0
    for (const page of pages((after) => old.clicks(oldLink.id, after, clicksPerRead))) {
      await clicks.add(page.map((click) => toImportedClick(secrets, click, link)))
      count += page.length
    }
    return count
  }

  return async function importOldLinks(old, ownerId) {
    const report = { links: 0, clicks: 0, skipped: [] as SkippedLink[] }
    for (const page of pages((after) => old.links(after, linksPerRead))) {
      for (const oldLink of page) {
        const result = await importLink(old, oldLink, ownerId)
        if (typeof result !== 'number') report.skipped.push(result)
        else {
          report.links += 1
          report.clicks += result
        }
      }
    }
    return report
  }
}

/** Reads page after page until one is empty. */
function* pages<Row extends { readonly id: number }>(
  read: (after: number) => readonly Row[],
): Iterable<readonly Row[]> {
  for (let page = read(0); page.length > 0; page = read(page.at(-1)?.id ?? 0)) yield page
}

/** The link of an old one, or why there is none. Its id is the same in every import. */
export function toImportedLink(
  { secrets, destinationRules }: Pick<ImportOldLinksDependencies, 'secrets' | 'destinationRules'>,
  { shortCode, originalUrl, createdAt }: OldLink,
  ownerId: UserId,
): Link | SkippedLink {
  const link = { shortCode }
  if (!isShortCode(shortCode)) return skipped(link, 'The code has an invalid format.')
  if (isAppPath(shortCode)) return skipped(link, 'The code is a path of this app.')
  const parsed = parseDestination(originalUrl, destinationRules)
  if (parsed.status === 'invalid') return skipped(link, parsed.message)
  const created = parseFormInstant(createdAt)
  if (created === null) return skipped(link, 'Its creation time cannot be read.')
  return {
    ...linkDefaults,
    // The same in every import, so that a repeated one finds it.
    id: derivedId(secrets, `link ${shortCode} ${created}`),
    shortCode,
    destination: parsed.destination,
    typedDestination: parsed.typedDestination,
    ownerId,
    createdAt: created,
  }
}

function skipped({ shortCode }: Pick<OldLink, 'shortCode'>, reason: string): SkippedLink {
  return { shortCode, reason }
}

/** A click whose time cannot be read counts at the creation of its link: the total is what users compare. */
export function toImportedClick(
  secrets: Pick<Secrets, 'hash'>,
  { id, clickedAt, referrer, country, userAgent }: OldClick,
  { id: linkId, createdAt }: Link,
): Click {
  return {
    id: derivedId(secrets, `click ${linkId} ${id}`),
    linkId,
    at: parseFormInstant(clickedAt) ?? createdAt,
    ...unknownSource,
    referrerHost: referrerHost(referrer),
    country: /^[A-Z]{2}$/.test(country ?? '') ? country : null,
    agent: agentFamily(userAgent),
    system: systemFamily(userAgent),
    device: deviceKind(userAgent),
    count: 1,
  }
}

/** 22 characters of base64url. */
function derivedId({ hash }: Pick<Secrets, 'hash'>, text: string): string {
  return hash(`old service: ${text}`).slice(0, 22)
}
