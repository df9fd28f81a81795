import { networkOf } from '../../../domain/ip-address.ts'
import {
  repeatedCount,
  type SecurityEvent,
  type SecurityEventKind,
} from '../../../domain/security-event.ts'
import { isUserId } from '../../../domain/user.ts'
import { methodsText } from '../components/method-texts.ts'

type EventTextInput = Pick<SecurityEvent, 'kind' | 'detail' | 'ipAddress' | 'sessionId'>

const texts: Readonly<Record<SecurityEventKind, string>> = {
  'session-created': 'Signed in',
  'new-device': 'Signed in on a new device',
  'session-stepped-up': 'Identity confirmed',
  'sign-in-failed': 'Failed sign-in',
  'sign-in-blocked': 'Sign-in blocked',
  'step-up-failed': "Wrong password or second factor when confirming it's you",
  'password-change-failed': 'Wrong current password when changing it',
  'session-revoked': 'Session ended',
  'session-expired': 'Session expired',
  'secret-reused': 'An outdated session cookie was used; it may have been stolen',
  'ended-by-operator': 'An administrator signed you out everywhere',
  'ip-address-changed': 'IP address changed',
  'user-agent-changed': 'Browser changed or updated',
  'concurrent-use': 'Session used in two places at the same time',
  'impossible-travel': 'Impossible travel: used in two distant places within a short time',
  'many-failed-sign-ins': 'Many wrong passwords in a row',
  'many-failed-second-factors': 'Many wrong second factors in a row',
  'account-created': 'Account created',
  'password-changed': 'Password changed',
  'password-reset-requested': 'Password reset requested',
  'password-reset': 'Password reset with an emailed link',
  'email-verified': 'Email verified',
  'email-change-requested': 'Email change requested',
  'email-change-canceled': 'Email change canceled',
  'email-changed': 'Email changed',
  'data-exported': 'Data exported',
  'operator-ended-sessions': 'You signed a user out everywhere',
  'second-factor-failed': 'Wrong second factor',
  'recovery-code-used': 'Recovery code used',
  'passkey-suspended': 'A passkey may have been copied and was suspended',
  'second-factor-added': 'Second factor added',
  'second-factor-removed': 'Second factor removed',
  'second-factor-renamed': 'Second factor renamed',
  'second-factors-removed': 'All second factors removed',
  'passkey-kept': 'Suspended passkey kept',
  'recovery-codes-created': 'New recovery codes created',
  'browser-trusted': 'Browser trusted for 30 days',
  'browser-trust-ended': 'Trusted browser removed',
  'factor-removal-requested': 'An administrator requested the removal of your second factors',
  'factor-removal-canceled': 'Removal of your second factors canceled',
  'operator-requested-factor-removal': 'You requested the removal of the second factors of a user',
  'operator-canceled-factor-removal': 'You canceled the removal of the second factors of a user',
  'operator-changed-user': 'You changed the account of a user',
  'operator-changed-link': 'You changed a link of a user',
  'operator-changed-invitation': 'You changed an invitation',
  'operator-changed-blocklist': 'You changed the blocked domains',
  'operator-closed-report': 'You closed a report',
  'identity-linked': 'External account connected',
  'identity-unlinked': 'External account disconnected',
  'token-created': 'Access token created',
  'token-revoked': 'Access token revoked',
  'token-refused': 'Access token refused',
  'grant-created': 'App connected',
  'grant-revoked': 'App disconnected',
  'grant-expired': 'Access of an app expired',
  'refresh-token-reused': 'An outdated token of an app was used; it may have been stolen',
  'client-registered': 'Application registered',
  'client-changed': 'Application changed',
  'client-removed': 'Application removed',
  'account-suspended': 'An administrator suspended your account',
  'account-restored': 'An administrator restored your account',
  'operator-role-received': 'You became an administrator',
  'operator-role-withdrawn': 'You are no longer an administrator',
  'reset-link-created': 'An administrator created a link to set a new password',
  'link-taken-down': 'An administrator took down a link',
  'link-restored': 'An administrator restored a link',
}

const notConfirmedText = "Your provider did not confirm it's you"

/** Texts for events whose detail says more than their kind. */
const detailTexts: Readonly<Record<string, string>> = {
  'sign-in-blocked session-cap': 'Sign-in blocked: too many sessions',
  'sign-in-blocked credentials-outdated': 'Sign-in blocked: you had just signed out everywhere',
  'sign-in-failed suspended': 'Sign-in refused: the account was suspended',
  'account-created by-operator': 'Account created by the operator',
  'password-changed first': 'First password set',
  'step-up-failed other-identity':
    "Confirming it's you with an account that is not connected failed",
  'step-up-failed no-auth-time': notConfirmedText,
  'step-up-failed stale-auth-time': notConfirmedText,
  'step-up-failed future-auth-time': notConfirmedText,
  'password-change-failed conflict': 'Password change rejected (changed elsewhere first)',
  'session-revoked signed-out': 'Signed out',
  'session-revoked signed-in-again': 'Session replaced by a new sign-in on the same device',
  'session-revoked ended-by-user': 'Signed out from the list of sessions',
  'session-revoked ended-by-operator': 'Signed out by an administrator',
  'session-revoked account-suspended': 'Signed out because the account was suspended',
  'session-revoked password-changed': 'Signed out because the password was changed',
  'session-revoked secret-reused': 'Signed out because an outdated session cookie was used',
  'session-revoked provider-logout': 'Signed out at the service that you use to sign in',
  'session-revoked session-cap': 'Oldest session signed out: too many sessions',
  'session-expired idle-timeout': 'Signed out after a period of inactivity',
  'session-expired absolute-timeout': 'Signed out at the time limit of the session',
  'operator-ended-sessions all-users': 'You signed all users out',
  'operator-changed-user suspended': 'You suspended a user',
  'operator-changed-user restored': 'You ended the suspension of a user',
  'operator-changed-user deleted': 'You deleted the account of a user',
  'operator-changed-user reset-link': 'You created a link to set a new password of a user',
  'operator-changed-user promoted': 'You made a user an administrator',
  'operator-changed-user handed-over': 'You handed over your role of an administrator',
  'operator-changed-user demoted': 'You withdrew the role of an administrator',
  'operator-changed-link taken-down': 'You took down a link',
  'operator-changed-link restored': 'You restored a link',
  'operator-changed-invitation created': 'You created an invitation',
  'operator-changed-invitation sent': 'You sent an invitation by email',
  'operator-changed-invitation revoked': 'You revoked an invitation',
  'operator-changed-blocklist blocked': 'You blocked a domain',
  'operator-changed-blocklist unblocked': 'You unblocked a domain',
  'factor-removal-canceled second-factor-used':
    'Removal of your second factors canceled, because you used one',
  'token-refused expired': 'Access token refused: it has expired',
  'token-refused wrong-network':
    'Access token refused: it was used from a network that is not allowed',
  'token-refused insufficient_scope': 'Access token refused: it may not do this',
  'token-refused insufficient_user_authentication':
    'Access token refused: only you can do this, when you are signed in',
  'token-revoked by-operator': 'Access token revoked by the operator',
  'token-revoked all': 'All access tokens revoked',
  'data-exported everything': 'All data exported',
  'data-exported links': 'Links exported',
  'data-exported clicks': 'Clicks exported',
}

/** Describes an event to its user. */
export function securityEventText(event: EventTextInput): string {
  const count = repeatedCount(event)
  if (count === null) return singleEventText(event)
  return `${texts[event.kind]} (${count} more ${count === 1 ? 'time' : 'times'} within an hour)`
}

/** Kinds whose detail is the name of what they are about. */
const namingKinds: ReadonlySet<SecurityEventKind> = new Set([
  'identity-linked',
  'identity-unlinked',
  'link-taken-down',
  'link-restored',
])

function singleEventText({ kind, detail, ipAddress }: EventTextInput): string {
  if (kind === 'many-failed-sign-ins') return `${detail} wrong passwords in a row`
  if (kind === 'many-failed-second-factors') return `${detail} wrong second factors in a row`
  if (kind === 'ip-address-changed' && !isSameNetwork(detail, ipAddress)) return 'Network changed'
  if (kind === 'token-created' || kind === 'token-revoked' || kind === 'token-refused') {
    return tokenEventText(kind, detail ?? '')
  }
  // A password alone is what users expect.
  const isNoteworthy = kind === 'session-created' && detail !== 'pwd'
  if (isNoteworthy || kind === 'session-stepped-up') {
    return withMethods(texts[kind], detail)
  }
  return namedText(kind, detail) ?? plainText({ kind, detail, ipAddress })
}

/** `null` for a kind that is not about a name. */
function namedText(kind: SecurityEventKind, detail: string | null): string | null {
  if (administrationKinds.has(kind)) return administrationText(kind, detail ?? '')
  return namingKinds.has(kind) ? [texts[kind], detail ?? []].flat().join(': ') : null
}

type PlainTextInput = Pick<EventTextInput, 'kind' | 'detail' | 'ipAddress'>

function plainText({ kind, detail, ipAddress }: PlainTextInput): string {
  const text = detailTexts[`${kind} ${detail}`] ?? texts[kind]
  return kind === 'sign-in-failed' && ipAddress !== null ? `${text} from ${ipAddress}` : text
}

/** What an administrator did on a page. */
const administrationKinds: ReadonlySet<SecurityEventKind> = new Set([
  'operator-changed-user',
  'operator-changed-link',
  'operator-changed-invitation',
  'operator-changed-blocklist',
  'operator-closed-report',
])

/** `detail`: what was done, and to what. Other accounts are shown by their id. */
function administrationText(kind: SecurityEventKind, detail: string): string {
  const [, action = '', subject = ''] = /^(\S+)(?: (.+))?$/.exec(detail) ?? []
  const text = detailTexts[`${kind} ${action}`] ?? texts[kind]
  return subject === '' || kind === 'operator-changed-user' ? text : `${text}: ${subject}`
}

/** `detail`: what happened to the token, or `name`, and its name. */
function tokenEventText(kind: SecurityEventKind, detail: string): string {
  const [, reason = '', name = ''] = /^(\S+)(?: (.+))?$/.exec(detail) ?? []
  const text = detailTexts[`${kind} ${reason}`] ?? texts[kind]
  return name === '' ? text : text.replace('ccess token', `ccess token \u201c${name}\u201d`)
}

/** `detail`: the methods that the user has authenticated with, such as `pwd otp`. */
function withMethods(text: string, detail: string | null): string {
  const methods = methodsText((detail ?? '').split(' '))
  return methods === null ? text : `${text} with ${methods.toLowerCase()}`
}

function isSameNetwork(one: string | null, other: string | null): boolean {
  const network = networkOf(one)
  return network !== null && network === networkOf(other)
}

const previousClientKinds: ReadonlySet<EventTextInput['kind']> = new Set([
  'ip-address-changed',
  'user-agent-changed',
  'concurrent-use',
  'impossible-travel',
])

/** The previous client of a change, or the other location of an anomaly; `null` for other kinds. */
export function previousClientText(event: EventTextInput): string | null {
  const { kind, detail } = event
  return previousClientKinds.has(kind) && repeatedCount(event) === null ? detail : null
}

/** Kinds whose detail is the id of another account, or ends with it. */
const otherAccountKinds: ReadonlySet<EventTextInput['kind']> = new Set([
  'ended-by-operator',
  'factor-removal-requested',
  'factor-removal-canceled',
  'operator-ended-sessions',
  'operator-requested-factor-removal',
  'operator-canceled-factor-removal',
  'operator-changed-user',
])

/** Id of the account that the event affected or that caused it; `null` if no other account is involved. */
export function otherAccountId(event: EventTextInput): string | null {
  const { kind, detail } = event
  if (repeatedCount(event) !== null || !otherAccountKinds.has(kind)) return null
  const id = detail?.split(' ').at(-1) ?? ''
  return isUserId(id) ? id : null
}

/** Whether the other account caused the event. Otherwise the event affected it. */
export function isCausedByOther({ kind }: Pick<EventTextInput, 'kind'>): boolean {
  return !kind.startsWith('operator-')
}
