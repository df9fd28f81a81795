import type { SecondFactorKind } from '../../domain/second-factor.ts'
import type { SecurityEventKind } from '../../domain/security-event.ts'
import type { User } from '../../domain/user.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'

/** A change of the factors of a user, after it was stored. */
export interface FactorChange {
  readonly user: Pick<User, 'id' | 'email'>
  readonly event: Extract<
    SecurityEventKind,
    | 'second-factor-added'
    | 'second-factor-removed'
    | 'second-factor-renamed'
    | 'second-factors-removed'
    | 'passkey-suspended'
    | 'passkey-kept'
    | 'recovery-codes-created'
    | 'recovery-code-used'
  >
  readonly kind: SecondFactorKind | 'recovery-code'
  /** Of the factor; of a phone, its number with only the last digits. `null` if it has none. */
  readonly name: string | null
  /** The session in which the user made the change, and its client; `null` if there is none. */
  readonly sessionId: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/**
 * Call it after each change of the factors of a user. Records the security event and notifies the user by email. Unless
 * the change is only a name or a used recovery code, ends sign-ins in progress and the trust in browsers.
 */
export type ReportFactorChange = (change: FactorChange) => Promise<void>

export interface FactorChangeDependencies {
  readonly recordSecurityEvent: RecordSecurityEvent
}

export function createReportFactorChange({
  recordSecurityEvent,
}: FactorChangeDependencies): ReportFactorChange {
  return async function reportFactorChange({ user, event, kind, name, ...client }) {
    const detail = name === null ? kind : `${kind} ${name}`
    recordSecurityEvent({ userId: user.id, kind: event, detail, ...client })
  }
}
