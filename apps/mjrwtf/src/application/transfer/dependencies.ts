import type { Clock } from 'coatcheck'
import type { DestinationRules } from '../../domain/destination.ts'
import type { IsBlocked } from '../links/blocked-destinations.ts'
import type { OwnDomains } from '../links/with-domains.ts'
import type { AccountArchive } from '../ports/account-repository.ts'
import type { ClickRepository } from '../ports/click-repository.ts'
import type { ImportRepository } from '../ports/import-repository.ts'
import type { Log } from '../ports/log.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'

/** What the feature needs. */
export interface TransferDependencies {
  readonly imports: ImportRepository
  readonly clicks: Pick<ClickRepository, 'add'>
  readonly accountArchive: Pick<AccountArchive, 'links'>
  readonly limits: Pick<Limits, 'import' | 'export'>
  readonly secrets: Pick<Secrets, 'id' | 'hash' | 'bytes'>
  readonly clock: Clock
  readonly yieldToRequests: () => Promise<void>
  readonly log: Pick<Log, 'warn' | 'info'>
  readonly destinationRules: DestinationRules
  /** The short domains. */
  readonly domains: OwnDomains
  /** Whether administrators have blocked the host of the destination. */
  readonly isBlocked: IsBlocked
}
