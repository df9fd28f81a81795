import { isSecurityEventKind, outcomeOf } from '../../../domain/security-event.ts'
import type { PageContext, RequestContext } from '../http-context.ts'

type IdentityProblem = 'other-identity' | 'no-auth-time' | 'stale-auth-time' | 'future-auth-time'

/** A security event outside the session library. Each name is a `SecurityEventKind` or a `LogOnlyEvent`. */
export type SecurityLogEntry =
  | {
      readonly event:
        | 'account-created'
        | 'account-deleted'
        | 'password-reset'
        | 'email-verified'
        | 'email-change-requested'
        | 'email-change-canceled'
        | 'email-changed'
        | 'factor-removal-canceled'
      readonly userId: string
    }
  /** `detail`: `first` if the user had none. */
  | {
      readonly event: 'password-changed'
      readonly userId: string
      readonly detail: 'first' | null
    }
  /** `detail`: the id of the signed-out user, or `all-users`. */
  | {
      readonly event: 'operator-ended-sessions'
      readonly userId: string
      readonly detail: string
      readonly count: number
    }
  /** `detail`: the id of the user whose second factors are removed. */
  | {
      readonly event: 'operator-requested-factor-removal' | 'operator-canceled-factor-removal'
      readonly userId: string
      readonly detail: string
    }
  /** `detail`: what was done, and the id, short code or domain that it was done to. */
  | {
      readonly event: AdministrationEvent
      readonly userId: string
      readonly detail: string
    }
  /** `detail`: the name of the client application. */
  | {
      readonly event: 'client-registered' | 'client-changed' | 'client-removed'
      readonly userId: string
      readonly detail: string
    }
  | { readonly event: 'data-exported'; readonly userId: string; readonly detail: string }
  | { readonly event: 'new-device'; readonly userId: string; readonly sessionId: string }
  | {
      readonly event: 'sign-in-failed'
      /** `expired`: the page with the challenge of a passkey. `suspended`: the credentials were right. */
      readonly reason: 'wrong' | 'throttled' | 'busy' | 'expired' | 'suspended'
      /** `null` for an unknown email, and where no password was compared. */
      readonly userId: string | null
    }
  | {
      readonly event: 'password-change-failed'
      readonly reason: 'wrong' | 'conflict' | 'throttled' | 'busy'
      readonly userId: string
    }
  /** The last four: what an external provider said does not confirm that it is the user. */
  | {
      readonly event: 'step-up-failed'
      readonly reason: 'wrong' | 'throttled' | 'busy' | IdentityProblem
      readonly userId: string
    }
  /** `detail`: the method of the second step. */
  | {
      readonly event: 'second-factor-failed'
      readonly reason: 'wrong' | 'throttled' | 'busy'
      readonly userId: string
      readonly detail: string
    }
  /** `detail`: `name ` and the name of the token, or `all`. */
  | {
      readonly event: 'token-created' | 'token-revoked'
      readonly userId: string
      readonly detail: string
    }
  /** `detail`: the reason, and the name of the token if it has one. */
  | { readonly event: 'token-refused'; readonly userId: string; readonly detail: string }
  | { readonly event: 'browser-trusted' | 'browser-trust-ended'; readonly userId: string }
  | { readonly event: 'limit-reached'; readonly limit: string; readonly userId: string | null }
  | {
      readonly event: 'email-link-rejected'
      readonly reason: 'invalid' | 'throttled' | 'email-unavailable'
    }
  | { readonly event: 'email-rejected'; readonly reason: 'throttled' }
  | {
      readonly event: 'client-authentication-failed'
      readonly reason: 'refused' | 'throttled'
    }
  | { readonly event: 'set-up-failed'; readonly reason: 'wrong-code' | 'throttled' | 'busy' }
  /** A callback of an external provider. `reason` is stable. */
  | { readonly event: 'provider-rejected'; readonly provider: string; readonly reason: string }
  /** A logout token. `reason` is stable. */
  | { readonly event: 'provider-logout-rejected'; readonly reason: string }
  | { readonly event: 'sign-up-failed'; readonly reason: 'closed' | 'throttled' | 'busy' }

/** What an administrator did on a page. */
export type AdministrationEvent =
  | 'operator-changed-user'
  | 'operator-changed-link'
  | 'operator-changed-invitation'
  | 'operator-changed-blocklist'
  | 'operator-closed-report'

export type SecurityEventContext = Pick<PageContext, 'clock' | 'log' | 'securityLog'>

/**
 * Writes a security event to the process log (ASVS 5.0 V16.3.1) and to the security log of its user. Never
 * include form input: users type passwords into email fields.
 */
export function logSecurityEvent(
  context: SecurityEventContext,
  c: RequestContext,
  entry: SecurityLogEntry,
): void {
  const { requestId, exchange } = c.var
  const at = new Date(context.clock.now()).toISOString()
  const fields = { ...entry, at, requestId, ipAddress: exchange.client.ipAddress }
  context.log[levelOf(entry.event)](fields, 'security event')
  recordForUser(context, c, entry)
}

function levelOf(event: SecurityLogEntry['event']): 'info' | 'warn' {
  if (isSecurityEventKind(event)) {
    const isRoutine = outcomeOf(event) === 'success' && !event.startsWith('operator-')
    return isRoutine ? 'info' : 'warn'
  }
  return event === 'account-deleted' ? 'info' : 'warn'
}

function recordForUser(
  context: SecurityEventContext,
  c: RequestContext,
  entry: SecurityLogEntry,
): void {
  const kind = entry.event
  const userId = 'userId' in entry ? entry.userId : null
  const reason = 'reason' in entry ? entry.reason : null
  if (userId === null || !isSecurityEventKind(kind)) return
  // Throttled and busy attempts are not recorded: no password was compared, and they could fill the log.
  if (reason === 'throttled' || reason === 'busy') return
  const sessionId = 'sessionId' in entry ? entry.sessionId : (c.var.session?.id ?? null)
  const detailOrReason = 'detail' in entry ? entry.detail : reason
  const detail = detailOrReason === 'wrong' ? null : detailOrReason
  context.securityLog.record({ userId, kind, sessionId, detail, ...c.var.exchange.client })
}
