import { forwardQuery } from '../../domain/forwarded-query.ts'
import type { Link } from '../../domain/link.ts'
import { normalizePassword } from '../../domain/password.ts'
import type { Busy, Throttled } from '../../domain/results.ts'
import { minute, second } from '../../domain/time.ts'
import type { ResolvedLink } from '../ports/link-repository.ts'
import type { LinksDependencies } from './dependencies.ts'

export interface LinkVisit {
  readonly link: ResolvedLink
  /** Query of the request, as in `URL.search`. */
  readonly search: string
  /** Of a program, not of a visitor: a bot, or a HEAD request. */
  readonly isAutomatic: boolean
  /** What `unlock` returned to the browser before, or `null`. */
  readonly access: string | null
}

export type LinkVisitResult =
  | { readonly status: 'redirect'; readonly url: string }
  | { readonly status: 'password-required' }
  /** The link has a click limit, and a program must not use it up. A visitor continues with a button. */
  | { readonly status: 'button-required' }
  /** The click limit was reached in the meantime. */
  | { readonly status: 'ended' }

export interface LinkUnlock {
  readonly link: ResolvedLink
  readonly password: string
  /** Of the visitor. */
  readonly ipAddress: string | null
}

export type LinkUnlockResult =
  | { readonly status: 'unlocked'; readonly access: string; readonly maxAgeSeconds: number }
  | { readonly status: 'wrong-password' }
  | Throttled
  | Busy

export interface LinkVisits {
  /**
   * Decides where a visit leads, and counts it towards the click limit. Which of parallel visits pass is decided by the
   * repository.
   */
  readonly visit: (visit: LinkVisit) => Promise<LinkVisitResult>
  /** Whether the User-Agent header names a program that is not a browser. */
  readonly isBot: (userAgent: string | null) => boolean
  /** Checks a password. The access that it returns ends after five minutes, and with a change of the password. */
  readonly unlock: (unlock: LinkUnlock) => Promise<LinkUnlockResult>
}

const accessLifetime = 5 * minute
const purpose = 'link access'

/** Whether a visit of the link needs more than a redirect. */
export function isGuarded(link: Pick<Link, 'hasPassword' | 'clickLimit'>): boolean {
  return link.hasPassword || link.clickLimit !== null
}

/** Where the link leads with the query of a request. */
export function destinationOf(link: Pick<Link, 'destination' | 'forwardsQuery'>, search: string) {
  return link.forwardsQuery ? forwardQuery(link.destination, search) : link.destination
}

export function createLinkVisits(
  dependencies: Pick<
    LinksDependencies,
    'links' | 'limits' | 'botName' | 'passwordHasher' | 'signer' | 'clock'
  >,
): LinkVisits {
  const { links, limits, passwordHasher, signer, clock } = dependencies
  /** The signature covers the hash, so that access ends with a change of the password. It is not part of the access. */
  const signedText = (link: ResolvedLink, end: string) => `${link.id} ${link.passwordHash} ${end}`

  function hasAccess(link: ResolvedLink, access: string | null): boolean {
    const [end = '', signature = ''] = (access ?? '').split('.')
    if (!/^\d{13}$/.test(end) || Number(end) <= clock.now()) return false
    return signer.verify(purpose, `${signedText(link, end)}.${signature}`) !== null
  }

  function grantAccess(link: ResolvedLink): string {
    const end = String(clock.now() + accessLifetime)
    const signed = signer.sign(purpose, signedText(link, end))
    return `${end}.${signed.slice(signed.lastIndexOf('.') + 1)}`
  }

  return {
    isBot: (userAgent) => dependencies.botName(userAgent) !== null,
    async visit({ link, search, isAutomatic, access }) {
      if (link.hasPassword && !hasAccess(link, access)) return { status: 'password-required' }
      if (link.clickLimit !== null && isAutomatic) return { status: 'button-required' }
      if (link.clickLimit !== null && !(await links.admit(link.id))) return { status: 'ended' }
      return { status: 'redirect', url: destinationOf(link, search) }
    },
    async unlock({ link, password, ipAddress }) {
      const throttled =
        (await limits.linkPassword(link.id, ipAddress)) ??
        (await limits.checkWrongLinkPasswords(link.id, ipAddress))
      if (throttled !== null) return throttled
      // Never hashed: no link has such a password.
      if (password.length > 1_024) return { status: 'wrong-password' }
      const normalized = normalizePassword(password)
      const check = await passwordHasher.check(normalized, link.passwordHash, ipAddress)
      if (check.status === 'busy') return check
      if (check.status === 'match') {
        const maxAgeSeconds = accessLifetime / second
        return { status: 'unlocked', access: grantAccess(link), maxAgeSeconds }
      }
      await limits.wrongLinkPassword(link.id, ipAddress)
      return { status: 'wrong-password' }
    },
  }
}
