import type { Clock } from 'coatcheck'
import type { AuthenticatorRepository } from '../ports/authenticator-repository.ts'
import type { Cipher } from '../ports/encryption.ts'
import type { Log } from '../ports/log.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { ReportFactorChange } from '../second-factors/factor-changes.ts'
import type { BatchRunner } from '../shared/batch-runner.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface AuthenticatorsDependencies {
  readonly authenticators: AuthenticatorRepository
  readonly reportFactorChange: ReportFactorChange
  /** Of the keys of authenticators. */
  readonly cipher: Cipher
  readonly limits: Pick<Limits, 'authenticator'>
  readonly secrets: Pick<Secrets, 'bytes' | 'id'>
  readonly batchRunner: Pick<BatchRunner, 'run'>
  readonly clock: Clock
  readonly log: Log
  /** The name of this site in authenticator apps: the host of the base URL, without its port. */
  readonly siteHost: string
}
