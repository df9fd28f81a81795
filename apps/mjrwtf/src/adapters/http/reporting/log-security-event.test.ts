import { readdirSync, readFileSync } from 'node:fs'
import type { SessionEvent } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import type { FactorChangeEvent } from '../../../application/ports/email.ts'
import { isSecurityEventKind, logOnlyEvents } from '../../../domain/security-event.ts'
import type { SecurityLogEntry } from './log-security-event.ts'

/** Complete by its type. */
const sessionEvents: Readonly<Record<SessionEvent['type'], true>> = {
  'session-created': true,
  'session-rotated': true,
  'session-stepped-up': true,
  'session-revoked': true,
  'session-expired': true,
  'secret-reused': true,
  'ip-address-changed': true,
  'user-agent-changed': true,
  'step-up-required': true,
  'token-rejected': true,
  'unknown-tokens-throttled': true,
  'sign-in-blocked': true,
  'sign-in-pending': true,
  'pending-sign-in-rejected': true,
  'csrf-refused': true,
  'record-unreadable': true,
  'revocation-channel-interrupted': true,
  'sweep-failed': true,
  'clock-skewed': true,
  'activity-lost': true,
  'store-failed': true,
  'request-refused': true,
  'redirect-loop-prevented': true,
  'client-address-shared': true,
  'protection-missing': true,
}

/** Complete by its type. */
const appEvents: Readonly<Record<SecurityLogEntry['event'], true>> = {
  'account-created': true,
  'account-deleted': true,
  'client-authentication-failed': true,
  'client-registered': true,
  'client-changed': true,
  'client-removed': true,
  'password-changed': true,
  'password-reset': true,
  'email-verified': true,
  'email-change-requested': true,
  'email-change-canceled': true,
  'email-changed': true,
  'factor-removal-canceled': true,
  'operator-ended-sessions': true,
  'operator-requested-factor-removal': true,
  'operator-canceled-factor-removal': true,
  'operator-changed-user': true,
  'operator-changed-link': true,
  'operator-changed-invitation': true,
  'operator-changed-blocklist': true,
  'operator-closed-report': true,
  'data-exported': true,
  'new-device': true,
  'sign-in-failed': true,
  'password-change-failed': true,
  'step-up-failed': true,
  'second-factor-failed': true,
  'token-created': true,
  'token-revoked': true,
  'token-refused': true,
  'browser-trusted': true,
  'browser-trust-ended': true,
  'limit-reached': true,
  'email-link-rejected': true,
  'email-rejected': true,
  'set-up-failed': true,
  'provider-rejected': true,
  'provider-logout-rejected': true,
  'sign-up-failed': true,
}

/** Complete by its type. Use cases report them: changes of factors are not made by requests alone. */
const factorEvents: Readonly<Record<FactorChangeEvent, true>> = {
  'second-factor-added': true,
  'second-factor-removed': true,
  'second-factor-renamed': true,
  'second-factors-removed': true,
  'passkey-suspended': true,
  'passkey-kept': true,
  'recovery-codes-created': true,
  'recovery-code-used': true,
}

/** Reported by use cases of the server, not of a user. */
const serverEvents = {
  'shared-token-used': true,
  'short-domain-added': true,
  'short-domain-changed': true,
  'short-domain-removed': true,
  'audit-chain-started': true,
  'audit-chain-broken': true,
  'audit-events-adopted': true,
  'audit-head': true,
} as const

const logged = [sessionEvents, appEvents, factorEvents, serverEvents].flatMap((events) =>
  Object.keys(events),
)

describe('events of the process log', () => {
  it.each(logged)('%s is a kind of the security log or has a reason to be log-only', (name) => {
    const reason = Object.entries(logOnlyEvents).find(([event]) => event === name)?.[1] ?? ''
    expect([isSecurityEventKind(name), reason !== '']).toContain(true)
    expect(isSecurityEventKind(name) && reason !== '').toBe(false)
  })

  it('includes every event name in the sources', () => {
    const sources = new URL('../../../', import.meta.url)
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
      (file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file),
    )
    const names = files.flatMap((file) => {
      const text = readFileSync(new URL(file, sources), 'utf8')
      return [...text.matchAll(/\bevent: '([a-z-]+)'/g)].map(([, name = '']) => name)
    })
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter((name) => !logged.includes(name))).toEqual([])
  })

  it('has no log-only reason for an event that is never logged', () => {
    expect(Object.keys(logOnlyEvents).filter((name) => !logged.includes(name))).toEqual([])
  })
})
