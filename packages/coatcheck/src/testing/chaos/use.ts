import type { UserId } from '../../domain/session.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'

/** Sessions and grants, which end in the same ways. */
export type CredentialKind = 'session' | 'grant'

/** The data of sessions in fault injection: registers, each of which has the number of the operation that wrote it. */
export type Registers = Readonly<Record<RegisterName, number>>

/** Few, so that concurrent writes meet in one. */
export const registerNames = ['a', 'b', 'c'] as const
export type RegisterName = (typeof registerNames)[number]

/** The data of a new session. */
export const emptyRegisters: Registers = { a: 0, b: 0, c: 0 }

/** A use of the library in a worker process, as data. */
export type Use =
  /** Signs in, or issues a grant. `pause` is the time between the check of the credentials and the insertion. */
  | {
      readonly type: 'create'
      readonly kind: CredentialKind
      readonly userId: UserId
      readonly pause: Milliseconds
    }
  | {
      readonly type: 'verify'
      readonly kind: CredentialKind
      readonly token: string
      readonly skipCache: boolean
    }
  | {
      readonly type: 'save'
      readonly id: string
      readonly register: RegisterName
      readonly value: number
    }
  | {
      readonly type: 'end'
      readonly kind: CredentialKind
      readonly userId: UserId
      readonly id: string
    }
  | { readonly type: 'end-all'; readonly kind: CredentialKind; readonly userId: UserId }
  /** Replaces the session token, or refreshes the grant. The previous token stays valid for a minute. */
  | { readonly type: 'rotate'; readonly kind: CredentialKind; readonly token: string }
  | { readonly type: 'list'; readonly kind: CredentialKind; readonly userId: UserId }
  | { readonly type: 'sweep' }

/** What the client keeps of a session or a grant. */
export interface Credential {
  readonly id: string
  /** The session token or the access token. */
  readonly token: string
  /** The token to rotate with: the session token or the refresh token. */
  readonly rotatingToken: string
}

/** The result of a use. */
export type UseAnswer =
  | { readonly type: 'created'; readonly credential: Credential; readonly checkedAt: Instant }
  | { readonly type: 'active'; readonly registers: Registers | null }
  | { readonly type: 'inactive'; readonly reason: string }
  | { readonly type: 'saved'; readonly registers: Registers }
  | { readonly type: 'ended'; readonly ids: readonly string[] }
  | { readonly type: 'rotated'; readonly credential: Credential }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'listed'; readonly ids: readonly string[] }
  | { readonly type: 'swept' }
