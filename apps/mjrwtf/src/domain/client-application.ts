import type { Scope } from './scope.ts'
import type { Instant, Milliseconds } from './time.ts'
import { hour, second } from './time.ts'
import type { UserId } from './user.ts'

/** Opaque: 16 random bytes as 22 characters of base64url. Public: it is in every authorization request. */
export type ClientId = string

/**
 * Whether a client application can keep a secret (RFC 6749, section 2.1). Anyone can use the id of a `public` one, so that
 * only the redirect URI and the consent of the user say who gets the tokens.
 */
export type ClientKind = 'public' | 'confidential'

/** What an administrator enters about a client application, and may change later. */
export interface ClientDetails {
  readonly name: string
  /** Https URL of its website, for the consent page. */
  readonly website: string | null
  /** See `redirect-uri.ts`. Empty if it only uses the device flow. */
  readonly redirectUris: readonly string[]
  /** The most that users can grant it. */
  readonly scopes: readonly Scope[]
  /** Whether it may request authorization on another device (RFC 8628). */
  readonly allowsDeviceFlow: boolean
}

/** A client application that an administrator has registered. */
export interface ClientApplication extends ClientDetails {
  readonly id: ClientId
  readonly kind: ClientKind
  /** Hash of the secret of a confidential client. */
  readonly secretHash: string | null
  /** The administrator who registered it. */
  readonly createdBy: UserId
  readonly createdAt: Instant
}

/** The id of our own command line, `mjrwtf login`, on every server. In the format of the others. */
export const commandLineClientId: ClientId = 'mjrwtf-command-line-v1'

export const clientNameMaxLength = 60

export const maxRedirectUris = 10

/** Client applications of one installation. */
export const maxClients = 100

/** How long an authorization code is valid (RFC 9700, section 2.1.1, ASVS 5.0 V10.4.3). */
export const authorizationCodeLifetime: Milliseconds = 60 * second

/** How long a code is stored after it expired, to detect another use. */
export const usedCodeRetention: Milliseconds = 24 * hour

/** Whether the text has the format of an id. Only such texts are looked up. */
export function isClientId(text: string): text is ClientId {
  return /^[A-Za-z0-9_-]{22}$/.test(text)
}
