import { day, type Instant, type Milliseconds } from './time.ts'

/**
 * How far the shared tokens of the old service are phased out: accepted, accepted with a warning in every response, or
 * refused.
 */
export type TokenAuthPhase = 'enabled' | 'deprecated' | 'disabled'

/** The dates of the `Deprecation` and `Sunset` headers. */
export interface Deprecation {
  /** Since when the tokens are deprecated. */
  readonly since: Instant
  /** When they are expected to stop working. They do so only in the phase `disabled`. */
  readonly sunset: Instant
}

/** The default of `sunset`, after `since`. */
export const sunsetDelay: Milliseconds = 180 * day

/** The uses of one shared token by one client. */
export interface SharedTokenUse {
  /** Names the token and does not reveal it. */
  readonly tokenKey: string
  /** IP address and program, such as `192.0.2.7 curl/8.5.0`. */
  readonly client: string
  readonly uses: number
  readonly firstUsedAt: Instant
  readonly lastUsedAt: Instant
}

/** Clients of one token that are listed by themselves. */
export const maxClientsPerToken = 100

/** Further ones count together under this name. */
export const otherClients = 'other clients'

/** How long uses are stored after the last one. */
export const sharedTokenUseRetention: Milliseconds = 365 * day

/** The name of the program in a User-Agent header: its first product, without comments. */
export function programName(userAgent: string | null): string {
  return /^[!-~]{1,60}/.exec(userAgent ?? '')?.[0] ?? 'unknown program'
}
