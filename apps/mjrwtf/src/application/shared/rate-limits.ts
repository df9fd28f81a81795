import { mailboxKey } from '../../domain/email.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import type { KnownDevice } from '../../domain/known-device.ts'
import type { LinkId } from '../../domain/link.ts'
import type { PhoneNumber } from '../../domain/phone.ts'
import { type RateLimit, rateLimits } from '../../domain/rate-limits.ts'
import type { Throttled } from '../../domain/results.ts'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { RateLimiter } from '../ports/throttling.ts'

export interface LimitsDependencies {
  readonly rateLimiter: RateLimiter
  readonly secrets: Pick<Secrets, 'hash'>
}

/** A client that requests a reset link. */
export interface ResetRequester {
  readonly ipAddress: string | null
  /** The known devices of the browser. Their passwords may have changed. */
  readonly devices: readonly KnownDevice[]
}

interface TextMessageRequest {
  readonly userId: UserId
  readonly number: PhoneNumber
  readonly ipAddress: string | null
}

interface Counters {
  readonly consume: (limit: RateLimit, key: string) => Promise<Throttled | null>
  /** Counts nothing. */
  readonly checkExhausted: (limit: RateLimit, key: string) => Promise<Throttled | null>
}

/** The limits of links and of their files. */
function linkLimits({ consume, checkExhausted }: Counters) {
  return {
    /** A code that is used up: a link that is created, or a further code. */
    link: (userId: UserId) => consume(rateLimits.links, userId),
    /** A password that a visitor enters for a link. */
    linkPassword: (linkId: LinkId, ipAddress: string | null) =>
      consume(rateLimits.linkPasswords, `${linkId} ${ipGroup(ipAddress)}`),
    /** A wrong one. It counts for both limits. */
    wrongLinkPassword: (linkId: LinkId, ipAddress: string | null) =>
      Promise.all([
        consume(rateLimits.wrongLinkPasswords, linkId),
        consume(rateLimits.wrongLinkPasswordsPerClient, ipGroup(ipAddress)),
      ]),
    /** Whether the link, or the network of the visitor at all links, had too many of them. Counts nothing. */
    checkWrongLinkPasswords: (linkId: LinkId, ipAddress: string | null) =>
      checkExhausted(rateLimits.wrongLinkPasswords, linkId).then(
        (throttled) =>
          throttled ?? checkExhausted(rateLimits.wrongLinkPasswordsPerClient, ipGroup(ipAddress)),
      ),
    export: (userId: UserId) => consume(rateLimits.exports, userId),
    import: (userId: UserId) => consume(rateLimits.imports, userId),
    /** A report of a link by a visitor. */
    linkReport: (ipAddress: string | null) => consume(rateLimits.linkReports, ipGroup(ipAddress)),
  }
}

/**
 * One function per rate limit. Each counts one request and returns `null` if it is allowed. Keys are hashed before they
 * are stored, because they are IP addresses and emails. Rejects with `RepositoryError` if the request cannot be counted.
 */
export function createLimits({ rateLimiter, secrets }: LimitsDependencies) {
  async function consume(limit: RateLimit, key: string): Promise<Throttled | null> {
    return toThrottled(await rateLimiter.consume(limit, secrets.hash(key)))
  }

  async function checkExhausted(limit: RateLimit, key: string): Promise<Throttled | null> {
    return toThrottled(await rateLimiter.retryDelay(limit, secrets.hash(key)))
  }

  return {
    signUp: (ipAddress: string | null) => consume(rateLimits.signUp, ipGroup(ipAddress)),
    /** With a usable invite. Not by IP address, so that others behind it cannot keep the invited user out. */
    signUpByInvite: (invite: string) => consume(rateLimits.signUp, `invite ${invite}`),
    /**
     * A sign-in with the correct password. Each reset by email starts again, so that an attacker who knew the old password
     * cannot keep the user out. A change of the password does not: anyone who knows it can change it. Devices in which a
     * second factor was sent have a counter of their own: others who know the password cannot use it up.
     */
    correctSignIn({ id, passwordResets, secondFactors }: User, hasSentFactor: boolean) {
      const devices = hasSentFactor && secondFactors > 0 ? ' known' : ''
      return consume(rateLimits.signIns, `${id} ${passwordResets}${devices}`)
    },
    /** A completed change. */
    passwordChange: (userId: UserId) => consume(rateLimits.passwordChanges, userId),
    /** Whether the user had too many of them. Counts nothing. */
    checkPasswordChanges: (userId: UserId) => checkExhausted(rateLimits.passwordChanges, userId),
    /** A completed reset. */
    passwordReset: (userId: UserId) => consume(rateLimits.passwordResets, userId),
    /** Whether the account had too many of them. Counts nothing. */
    checkPasswordResets: (userId: UserId) => checkExhausted(rateLimits.passwordResets, userId),
    /**
     * Every request for a reset link, even if none is sent in the end. A browser in which users signed in before has
     * counters of its own, so that others behind its IP address cannot exhaust them. Nor can browsers that were known
     * before the password changed: each version of it has a counter.
     */
    async resetRequest({ ipAddress, devices }: ResetRequester): Promise<Throttled | null> {
      for (const { userId, passwordVersion } of devices) {
        const key = `${userId} ${passwordVersion}`
        if ((await consume(rateLimits.emailsPerBrowser, key)) === null) return null
      }
      return consume(rateLimits.emailsPerClient, ipGroup(ipAddress))
    },
    /** Emails that a user requests for the own account. */
    requestedEmail: (userId: UserId) => consume(rateLimits.emailsPerUser, userId),
    /** An email that is sent to a mailbox which no account has confirmed. */
    unconfirmedMailbox: (to: string) => consume(rateLimits.emailsPerMailbox, mailboxKey(to)),
    /** Whether such a mailbox may receive no more. Counts nothing. */
    checkUnconfirmedMailbox: (to: string) =>
      checkExhausted(rateLimits.emailsPerMailbox, mailboxKey(to)),
    /** Separate from requested emails, so that other visitors' requests cannot suppress notifications. `key`: kind and recipient. */
    notification: (key: string) => consume(rateLimits.notifications, key),
    ...linkLimits({ consume, checkExhausted }),
    /** By session too: an attacker who has an old page of the user cannot use up the limit of the others. */
    draft: ({ userId, sessionId }: { readonly userId: UserId; readonly sessionId: string }) =>
      consume(rateLimits.drafts, `${userId} ${sessionId}`),
    /** A creation of recovery codes. */
    recoveryCodes: (userId: UserId) => consume(rateLimits.recoveryCodes, userId),
    /** A request to remove the factors of that user. */
    factorRemoval: (userId: UserId) => consume(rateLimits.factorRemovals, userId),
    /** A code by text message. It counts for each limit up to the first one that is exhausted. */
    async textMessage({ userId, number, ipAddress }: TextMessageRequest) {
      return (
        (await consume(rateLimits.smsPerClient, ipGroup(ipAddress))) ??
        (await consume(rateLimits.smsPerUser, userId)) ??
        consume(rateLimits.smsPerNumber, number)
      )
    },
    /** A verified response of a passkey that does not sign in. */
    passkeyUse: (userId: UserId) => consume(rateLimits.passkeyUses, userId),
    /** An authenticator app that is added. */
    authenticator: (userId: UserId) => consume(rateLimits.authenticators, userId),
    /** A device that requests authorization. */
    deviceAuthorization: (ipAddress: string | null) =>
      consume(rateLimits.deviceAuthorizations, ipGroup(ipAddress)),
    /** The code of a device, as entered by a user. */
    userCode: (userId: UserId) => consume(rateLimits.userCodesPerUser, userId),
    /** The same, of all users together. */
    anyUserCode: () => consume(rateLimits.userCodes, 'all'),
    /** A code that only counts on the network of its device. */
    userCodeOfNetwork: (ipAddress: string | null) =>
      consume(rateLimits.userCodesPerClient, ipGroup(ipAddress)),
    /** A callback of a visit that this app started. */
    providerCallback: (ipAddress: string | null) =>
      consume(rateLimits.providerCallbacks, ipGroup(ipAddress)),
    /** A personal access token that is created. */
    personalToken: (userId: UserId) => consume(rateLimits.personalTokens, userId),
    invite: (userId: UserId) => consume(rateLimits.invites, userId),
    /** `credential` identifies the user of a session, or a bearer token. */
    apiCall: (credential: string) => consume(rateLimits.api, credential),
    /** A page with a list or statistics. */
    page: (userId: UserId) => consume(rateLimits.pages, userId),
    invalidToken: (ipAddress: string | null) =>
      consume(rateLimits.invalidBearerTokens, ipGroup(ipAddress)),
    /** Whether the client sent so many invalid tokens that a valid one must wait too. Counts nothing. */
    checkInvalidTokens: (ipAddress: string | null) =>
      checkExhausted(rateLimits.invalidBearerTokens, ipGroup(ipAddress)),
    /** A consent to a client application. */
    authorization: (userId: UserId) => consume(rateLimits.authorizations, userId),
    /** A request of a client application with wrong credentials. */
    clientAuthentication: (ipAddress: string | null) =>
      consume(rateLimits.clientAuthentications, ipGroup(ipAddress)),
    invalidLink: (ipAddress: string | null) =>
      consume(rateLimits.invalidEmailTokens, ipGroup(ipAddress)),
  }
}

export type Limits = ReturnType<typeof createLimits>

function toThrottled(wait: Milliseconds | null): Throttled | null {
  if (wait === null) return null
  return { status: 'throttled', retryAfterSeconds: Math.max(1, Math.ceil(wait / second)) }
}
