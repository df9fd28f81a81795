import type { SecurityEventKind } from '../../../domain/security-event.ts'
import type { HttpContext, RequestContext } from '../http-context.ts'

/** What happens to accounts, beside what the library tells of sessions. */
type SecurityLogEntry =
  | { readonly event: 'account-created'; readonly userId: string }
  /** In the process log alone: that of the account is gone with it. */
  | { readonly event: 'account-deleted'; readonly userId: string }
  /** By the operator; `detail` is whose, or `everybody`. */
  | {
      readonly event: 'operator-ended-sessions'
      readonly userId: string
      readonly detail: string
      readonly count: number
    }
  | { readonly event: 'data-exported'; readonly userId: string; readonly detail: string }
  | {
      readonly event: 'sign-in-failed'
      readonly reason: 'wrong' | 'throttled' | 'busy'
      /** Of the account that was tried, where a password was compared; `null` for an unknown address too. */
      readonly userId: string | null
    }
  | { readonly event: 'new-device'; readonly userId: string; readonly sessionId: string }
  | { readonly event: 'password-changed'; readonly userId: string }
  | {
      readonly event: 'password-change-failed'
      readonly reason: 'wrong' | 'conflict' | 'throttled' | 'busy'
      readonly userId: string
    }
  | {
      readonly event: 'step-up-failed'
      readonly reason: 'wrong' | 'throttled' | 'busy'
      readonly userId: string
    }
  /** Not for the security log: somebody's own scripts are no attack on them, and others count for themselves. */
  | { readonly event: 'limit-reached'; readonly limit: string; readonly userId: string | null }
  | {
      readonly event:
        | 'password-reset'
        | 'email-verified'
        | 'email-change-requested'
        | 'email-change-canceled'
        | 'email-changed'
      readonly userId: string
    }
  /** Of whom a token that is dead was, nobody knows. */
  | {
      readonly event: 'email-link-rejected'
      readonly reason: 'invalid-token' | 'throttled' | 'email-unavailable'
    }
  | { readonly event: 'email-rejected'; readonly reason: 'throttled' }
  | { readonly event: 'set-up-failed'; readonly reason: 'wrong-code' | 'throttled' | 'busy' }
  | { readonly event: 'sign-up-failed'; readonly reason: 'closed' | 'throttled' | 'busy' }

/** What went as it should; the rest is warned of. */
const infoEvents: ReadonlySet<SecurityLogEntry['event']> = new Set([
  'account-created',
  'account-deleted',
  'data-exported',
  'password-changed',
  'password-reset',
  'email-verified',
  'email-change-requested',
  'email-change-canceled',
  'email-changed',
  'new-device',
])

/** What goes into the security log of the account's owner. */
const kinds: Readonly<Partial<Record<SecurityLogEntry['event'], SecurityEventKind>>> = {
  'account-created': 'account-created',
  'data-exported': 'data-exported',
  'operator-ended-sessions': 'operator-ended-sessions',
  'new-device': 'new-device',
  'sign-in-failed': 'sign-in-failed',
  'step-up-failed': 'step-up-failed',
  'password-changed': 'password-changed',
  'password-change-failed': 'password-change-failed',
  'password-reset': 'password-reset',
  'email-verified': 'email-verified',
  'email-change-requested': 'email-change-requested',
  'email-change-canceled': 'email-change-canceled',
  'email-changed': 'email-changed',
}

/**
 * Writes a security event into the log (ASVS 5.0 V16.3.1), and into the security log of whom it is about. Never
 * with what was typed: people type passwords into address fields.
 */
export function logSecurityEvent(
  context: HttpContext,
  c: RequestContext,
  event: SecurityLogEntry,
): void {
  const { requestId, exchange } = c.var
  const at = new Date(context.clock.now()).toISOString()
  const fields = { ...event, at, requestId, ipAddress: exchange.client.ipAddress }
  if (infoEvents.has(event.event)) context.log.info(fields, 'security event')
  else context.log.warn(fields, 'security event')
  recordForUser(context, c, event)
}

function recordForUser(context: HttpContext, c: RequestContext, event: SecurityLogEntry): void {
  const kind = kinds[event.event]
  const userId = 'userId' in event ? event.userId : null
  const reason = 'reason' in event ? event.reason : null
  // What is slowed down is no attempt: nothing was compared, and it would fill the log at will.
  if (kind === undefined || userId === null || reason === 'throttled' || reason === 'busy') return
  const sessionId = 'sessionId' in event ? event.sessionId : (c.var.session?.id ?? null)
  const detailOrReason = 'detail' in event ? event.detail : reason
  const detail = detailOrReason === 'wrong' ? null : detailOrReason
  context.recordSecurityEvent({ userId, kind, sessionId, detail, ...c.var.exchange.client })
}
