import type { AppContext, Site } from './site.ts'

/** What happens to accounts, beside what the library tells of sessions. */
type SecurityEvent =
  | { readonly event: 'account-created'; readonly userId: string }
  | { readonly event: 'sign-in-refused'; readonly reason: 'wrong' | 'throttled' | 'busy' }
  | { readonly event: 'password-changed'; readonly userId: string }
  | {
      readonly event: 'password-change-refused'
      readonly reason: 'wrong' | 'overtaken' | 'throttled' | 'busy'
      readonly userId: string
    }
  | { readonly event: 'set-up-refused'; readonly reason: 'wrong-code' | 'throttled' | 'busy' }
  | { readonly event: 'sign-up-refused'; readonly reason: 'closed' | 'throttled' | 'busy' }

/** What went as it should; the rest is warned of. */
const quiet: ReadonlySet<SecurityEvent['event']> = new Set(['account-created', 'password-changed'])

/**
 * Writes a security event into the log (ASVS 5.0 V16.3.1). Never with what was typed: people type
 * passwords into address fields.
 */
export function tellSecurityEvent(site: Site, c: AppContext, event: SecurityEvent): void {
  const { requestId, exchange } = c.var
  const at = new Date(site.clock.now()).toISOString()
  const fields = { ...event, at, requestId, ipAddress: exchange.client.ipAddress }
  if (quiet.has(event.event)) site.log.info(fields, 'security event')
  else site.log.warn(fields, 'security event')
}
