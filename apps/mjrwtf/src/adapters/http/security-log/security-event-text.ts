import { networkOf } from '../../../domain/ip-address.ts'
import type { SecurityEvent, SecurityEventKind } from '../../../domain/security-event.ts'

type EventTextInput = Pick<SecurityEvent, 'kind' | 'detail' | 'ipAddress'>

const texts: Readonly<Record<SecurityEventKind, string>> = {
  'signed-in': 'Signed in',
  'new-device': 'Signed in on a new device',
  'sign-in-failed': 'Somebody failed to sign in',
  'sign-in-blocked': 'A sign-in was refused',
  'stepped-up': 'Confirmed with the password',
  'step-up-failed': 'Somebody gave a wrong password when asked to confirm',
  'session-ended': 'A session was ended',
  'session-expired': 'A session has expired',
  'secret-reused': 'An old cookie of a session was used: it may have been copied',
  'ip-address-changed': 'A session went on from another address',
  'browser-changed': 'A session went on in another browser, or the browser was updated',
  'concurrent-use': 'A session was used from two places at once',
  'impossible-travel':
    'Your account was used at two places that are too far apart for the time between',
  'many-failed-sign-ins': 'Many wrong passwords in a row',
  'account-created': 'Account made',
  'password-changed': 'Password changed',
  'password-change-failed': 'Somebody gave a wrong current password when changing it',
  'password-reset-requested': 'A link to reset the password was asked for',
  'password-reset': 'Password reset with an emailed link',
  'email-verified': 'Email address confirmed',
  'email-change-requested': 'A change of the email address was asked for',
  'email-change-canceled': 'The change of the email address was called off',
  'email-changed': 'Email address changed',
  'data-exported': 'Data of the account was exported',
  'ended-by-operator': 'An administrator signed you out everywhere',
  'operator-ended-sessions': 'You signed somebody out everywhere',
}

/** What a detail adds, where it says more than the kind. */
const detailTexts: Readonly<Record<string, string>> = {
  'sign-in-blocked session-cap': 'A sign-in was refused: too many sessions',
  'sign-in-blocked credentials-outdated':
    'A sign-in was refused: everything had just been signed out',
  'session-ended signed-out': 'Signed out',
  'session-ended signed-in-again': 'A session was replaced by a new sign-in on the same device',
  'session-ended ended-by-user': 'A session was ended from the list of sessions',
  'session-ended ended-by-operator': 'A session was ended by an administrator',
  'session-ended password-changed': 'A session was ended because the password was changed',
  'session-ended secret-reused': 'A session was ended because an old cookie of it was used',
  'session-ended session-cap': 'The oldest session was ended to make room for a new one',
  'session-expired idle-timeout': 'A session has expired after a while without activity',
  'session-expired absolute-timeout': 'A session has reached its time limit',
  'operator-ended-sessions everybody': 'You signed everybody out',
  'data-exported everything': 'Everything that is kept of the account was exported',
  'data-exported links': 'The links were exported',
  'data-exported clicks': 'The clicks were exported',
  'password-change-failed conflict': 'A change of the password came behind another one',
}

const anotherNetwork = 'A session went on from another network'

/** What happened, in plain words. */
export function securityEventText({ kind, detail, ipAddress }: EventTextInput): string {
  if (kind === 'many-failed-sign-ins') return `${detail} wrong passwords in a row`
  if (kind === 'ip-address-changed' && !isSameNetwork(detail, ipAddress)) return anotherNetwork
  const text = detailTexts[`${kind} ${detail}`] ?? texts[kind]
  return kind === 'sign-in-failed' && ipAddress !== null ? `${text} from ${ipAddress}` : text
}

function isSameNetwork(one: string | null, other: string | null): boolean {
  const network = networkOf(one)
  return network !== null && network === networkOf(other)
}

const previousClientKinds: ReadonlySet<EventTextInput['kind']> = new Set([
  'ip-address-changed',
  'browser-changed',
  'concurrent-use',
  'impossible-travel',
])

/** What was there before a change, or the other place; `null` where nothing is to be added. */
export function previousClientText({ kind, detail }: EventTextInput): string | null {
  return previousClientKinds.has(kind) ? detail : null
}

/** Id of the other account that an event is about, or was caused by; `null` where there is none. */
export function otherAccountId({ kind, detail }: EventTextInput): string | null {
  if (kind === 'ended-by-operator') return detail
  return kind === 'operator-ended-sessions' && detail !== 'everybody' ? detail : null
}
