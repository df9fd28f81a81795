import type { Clock } from 'coatcheck'
import type { Throttled } from '../../domain/results.ts'
import type { DeviceDetector } from '../ports/client-detection.ts'
import type { PasskeyRepository } from '../ports/passkey-repository.ts'
import type { Secrets, Signer } from '../ports/secrets.ts'
import type { WebAuthn } from '../ports/webauthn.ts'
import type { ReportFactorChange } from '../second-factors/factor-changes.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'

/** Counts failed sign-ins of an IP address, whatever they were tried with. */
export interface AddressThrottle {
  /** Counts a failure in advance. Returns `null` if the attempt is allowed. */
  reserve(ipAddress: string | null): Promise<Throttled | null>
  /** Takes a failure back: the attempt succeeded. */
  refund(ipAddress: string | null): Promise<void>
}

export interface PasskeyDependencies {
  readonly passkeys: PasskeyRepository
  readonly webAuthn: WebAuthn
  readonly signer: Signer
  readonly secrets: Pick<Secrets, 'code' | 'hash'>
  readonly clock: Clock
  readonly detectDevice: DeviceDetector
  readonly reportFactorChange: ReportFactorChange
  readonly addressThrottle: AddressThrottle
  readonly limits: Pick<Limits, 'correctSignIn' | 'passkeyUse'>
}

/** The client and the session, if there is one, of a request. */
export interface Requester extends ClientInfo {
  readonly sessionId: string | null
}
