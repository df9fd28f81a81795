import type { Email, FactorChangeEvent, OperatorAction } from '../../src/application/ports/email.ts'

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
  'password-set': { kind: 'password-set', at },
  'password-reset': { kind: 'password-reset', at },
  'new-device': { kind: 'new-device', at, from },
  'suspicious-use': { kind: 'suspicious-use', suspicion: 'impossible-travel', at, from },
  'many-failed-sign-ins': { kind: 'many-failed-sign-ins', failures: 12, at },
  'many-failed-second-factors': { kind: 'many-failed-second-factors', failures: 5, at },
  'factor-changed': {
    kind: 'factor-changed',
    change: 'second-factor-added',
    factor: 'passkey',
    name: 'Laptop',
    unusedCodes: null,
    at,
    from,
  },
  'factor-removal-requested': { kind: 'factor-removal-requested', token, expiresAt },
  'factor-removal-reminder': { kind: 'factor-removal-reminder', token, expiresAt },
  'factor-removal-canceled': { kind: 'factor-removal-canceled', at },
  'app-connected': {
    ...{ kind: 'app-connected', name: 'Command line' },
    ...{ scopes: ['links:read', 'links:write'], at, from },
  },
  'identity-changed': {
    ...{ kind: 'identity-changed', change: 'identity-linked', provider: 'Google' },
    ...{ account: 'ada@example.com', at, from },
  },
  'token-created': {
    kind: 'token-created',
    name: 'Deployment',
    scopes: ['links:read', 'links:write'],
    expiresAt,
    at,
    from,
  },
  'tokens-expiring': { kind: 'tokens-expiring', tokens: [{ name: 'Deployment', expiresAt }] },
  'operator-action': {
    ...{ kind: 'operator-action', action: 'link-taken-down' },
    ...{ detail: 'sale phishing', at },
  },
  invitation: { kind: 'invitation', code: token, expiresAt },
  'account-deleted': { kind: 'account-deleted', at },
}

const actionDetails: Readonly<Record<Exclude<OperatorAction, 'link-taken-down'>, string | null>> = {
  'account-suspended': 'compromised',
  'account-restored': null,
  'operator-role-received': null,
  'operator-role-withdrawn': null,
  'reset-link-created': null,
  'link-restored': 'sale',
}

/** One email of every other action of the operator at the shell. */
export const sampleOperatorActions: readonly Email<'operator-action'>[] = Object.entries(
  actionDetails,
).map(([action, detail]) => ({ kind: 'operator-action', action: actionOf(action), detail, at }))

function actionOf(text: string): OperatorAction {
  if (!isAction(text)) throw new Error(`${text} is no action.`)
  return text
}

function isAction(text: string): text is keyof typeof actionDetails {
  return Object.hasOwn(actionDetails, text)
}

const otherChanges: Readonly<
  Record<Exclude<FactorChangeEvent, 'second-factor-added'>, FactorName>
> = {
  'second-factor-removed': ['authenticator', 'Old phone'],
  'second-factor-renamed': ['passkey', 'Work laptop'],
  'second-factors-removed': [null, null],
  'passkey-suspended': ['passkey', 'Laptop'],
  'passkey-kept': ['passkey', 'Laptop'],
  'recovery-codes-created': ['recovery-code', null],
  'recovery-code-used': ['recovery-code', null],
}

type FactorName = readonly [factor: Email<'factor-changed'>['factor'], name: string | null]

/** An email of every other change of factors. */
export const sampleFactorChanges: readonly Email<'factor-changed'>[] = Object.entries(otherChanges)
  .filter((entry): entry is [keyof typeof otherChanges, FactorName] => entry[0] in otherChanges)
  .map(([change, [factor, name]]) => ({
    kind: 'factor-changed',
    change,
    factor,
    name,
    unusedCodes: change === 'recovery-code-used' ? 9 : null,
    at,
    from,
  }))
