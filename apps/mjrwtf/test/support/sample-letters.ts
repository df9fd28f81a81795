import type { Letter } from '../../src/application/ports/send-mail.ts'

const token = 'wA3_x-9Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQeKu0iPoE'
const at = Date.UTC(2030, 0, 15, 12, 30)
const expiresAt = at
const newAddress = 'new@people.test'
const from = {
  device: 'Firefox on Linux',
  ipAddress: '203.0.113.9',
  place: 'Zürich, Switzerland',
} as const

/** One letter of every kind. Each says 12:30 UTC on 15 January 2030. */
export const sampleLetters: { readonly [Kind in Letter['kind']]: Letter & { kind: Kind } } = {
  'verify-address': { kind: 'verify-address', token, expiresAt },
  'reset-password': { kind: 'reset-password', token, expiresAt },
  'confirm-new-address': { kind: 'confirm-new-address', token, expiresAt },
  'address-change-asked': { kind: 'address-change-asked', newAddress, token, expiresAt },
  'address-changed': { kind: 'address-changed', newAddress, at },
  'password-changed': { kind: 'password-changed', at },
  'password-reset': { kind: 'password-reset', at },
  'new-device': { kind: 'new-device', at, from },
  'suspicious-use': { kind: 'suspicious-use', what: 'impossible-travel', at, from },
  'many-failed-sign-ins': { kind: 'many-failed-sign-ins', failures: 12, at },
  'account-deleted': { kind: 'account-deleted', at },
}
