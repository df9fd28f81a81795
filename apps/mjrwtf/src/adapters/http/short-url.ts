import type { Link } from '../../domain/link.ts'

/** Every path, as a pattern of Hono: a short code may have several parts. */
export const shortPath = '/:code{.+}'

/** The complete URL of a short code, as visitors read and type it. Browsers encode it. */
export function shortUrlOf(shortBaseUrl: string, shortCode: string): string {
  return `${shortBaseUrl}/${shortCode}`
}

/** The complete URL of a link: at its domain, or at the default host. A domain has the scheme of that host. */
export function linkUrl(shortBaseUrl: string, link: Pick<Link, 'shortCode' | 'domain'>): string {
  const origin =
    link.domain === null ? shortBaseUrl : `${new URL(shortBaseUrl).protocol}//${link.domain}`
  return shortUrlOf(origin, link.shortCode)
}

/**
 * A short code as one part of a path. A slash becomes `~`, which no code contains: many proxies reject or decode `%2F`.
 */
export function codeSegment(shortCode: string): string {
  return encodeURIComponent(shortCode.replaceAll('/', '~'))
}

/** The short code of a part of a path, decoded once. `%2F` is a slash too. */
export function codeOfSegment(segment: string): string {
  return segment.replaceAll('~', '/')
}

/** Path of the page of a link, and of the pages below it. */
export function linkPath(shortCode: string, page?: string): string {
  return `/links/${codeSegment(shortCode)}${page === undefined ? '' : `/${page}`}`
}
