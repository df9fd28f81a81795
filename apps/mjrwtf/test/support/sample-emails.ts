import type { Email } from '../../src/application/ports/email.ts'

const token = 'wA3_x-9Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQeKu0iPoE'
const at = Date.UTC(2030, 0, 15, 12, 30)
const expiresAt = at
const newEmail = 'new@users.test'
const from = {
  device: 'Firefox on Linux',
  ipAddress: '203.0.113.9',
  location: 'Zürich, Switzerland',
} as const

/** One email of every kind. Each mentions 12:30 UTC on January 15, 2030. */
export const sampleEmails: { readonly [Kind in Email['kind']]: Email & { kind: Kind } } = {
  'verify-email': { kind: 'verify-email', token, expiresAt },
  'reset-password': { kind: 'reset-password', token, expiresAt },
  'confirm-new-email': { kind: 'confirm-new-email', token, expiresAt },
  'email-change-requested': { kind: 'email-change-requested', newEmail, token, expiresAt },
  'email-changed': { kind: 'email-changed', newEmail, at },
  'password-changed': { kind: 'password-changed', at },
  'password-reset': { kind: 'password-reset', at },
  'new-device': { kind: 'new-device', at, from },
  'suspicious-use': { kind: 'suspicious-use', suspicion: 'impossible-travel', at, from },
  'many-failed-sign-ins': { kind: 'many-failed-sign-ins', failures: 12, at },
  'account-deleted': { kind: 'account-deleted', at },
}
