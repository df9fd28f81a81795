import { type Instant, type Milliseconds, minute } from './time.ts'
import type { UserId } from './user.ts'

/** A passkey as its user sees it. Contains no secret. */
export interface Passkey {
  /** Of the credential: base64url, at most 1,023 bytes. Unique among all users. */
  readonly id: string
  readonly name: string
  /** How the browser can reach it, for the options of a sign-in. */
  readonly transports: readonly string[]
  /** Whether it is stored on several devices of the user: the backup state of its last use. */
  readonly isSynced: boolean
  /** Whether it verified the user at its registration. Otherwise it is one factor, whatever it claims later. */
  readonly canVerifyUser: boolean
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
  /** Since when it is not accepted, because it may have been cloned; `null` if it is accepted. */
  readonly suspendedAt: Instant | null
}

/** A passkey that was just registered. */
export interface NewPasskey
  extends Pick<Passkey, 'id' | 'name' | 'transports' | 'isSynced' | 'canVerifyUser' | 'createdAt'> {
  readonly userId: UserId
  /** COSE. */
  readonly publicKey: Uint8Array
  readonly counter: number
  /** Whether it may ever be synced: its backup eligibility, which never changes. */
  readonly canSync: boolean
  /** Of the model of the authenticator; zeros if it does not say. */
  readonly aaguid: string
}

export const maxPasskeysPerUser = 20

/** How long a page with a challenge can be used (WebAuthn Level 3 section 15.1 recommends 5 to 10 minutes). */
export const challengeLifetime: Milliseconds = 10 * minute

/**
 * Whether a signature counter is possible without a copy of the key (WebAuthn Level 3 section 7.2). An authenticator
 * without a counter, such as any synced passkey, always sends 0.
 */
export function isCounterPlausible(stored: number, presented: number): boolean {
  return presented > stored || (presented === 0 && stored === 0)
}

/** The names of common password managers and systems, by AAGUID. */
const providers: ReadonlyMap<string, string> = new Map([
  ['ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4', 'Google Password Manager'],
  ['fbfc3007-154e-4ecc-8c0b-6e020557d7bd', 'Apple Passwords'],
  ['dd4ec289-e01d-41c9-bb89-70fa845d4bf2', 'Apple Passwords'],
  ['08987058-cadc-4b81-b6e1-30de50dcbe96', 'Windows Hello'],
  ['9ddd1817-af5a-4672-a2b9-3e3dd95000a9', 'Windows Hello'],
  ['6028b017-b1d4-4c02-b4b3-afcdafc96bb2', 'Windows Hello'],
  ['d3452668-01fd-4c12-926c-83a4204853aa', 'Microsoft Password Manager'],
  ['adce0002-35bc-c60a-648b-0b25f1f05503', 'Chrome on macOS'],
  ['771b48fd-d3d4-4f74-9232-fc157ab0507a', 'Edge on macOS'],
  ['bada5566-a7aa-401f-bd96-45619a55120d', '1Password'],
  ['d548826e-79b4-db40-a3d8-11116f7e8349', 'Bitwarden'],
  ['531126d6-e717-415c-9320-3d9aa6981239', 'Dashlane'],
  ['b84e4048-15dc-4dd0-8640-f4f60813c8af', 'NordPass'],
  ['0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6', 'Keeper'],
  ['f3809540-7f14-49c1-a8b3-8f813b225541', 'Enpass'],
  ['53414d53-554e-4700-0000-000000000000', 'Samsung Pass'],
  ['50726f74-6f6e-5061-7373-50726f746f6e', 'Proton Pass'],
])

/** The name of the password manager or system of a passkey, or `null` if its AAGUID is not a common one. */
export function passkeyProvider(aaguid: string): string | null {
  return providers.get(aaguid) ?? null
}
