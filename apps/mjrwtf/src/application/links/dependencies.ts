import type { Clock } from 'coatcheck'
import type { DestinationRules } from '../../domain/destination.ts'
import type { ShortDomainDirectory } from '../domains/short-domains.ts'
import type { ClickRepository, ClickSink } from '../ports/click-repository.ts'
import type { BotDetector, GeoLocator } from '../ports/client-detection.ts'
import type { LinkLists } from '../ports/link-list.ts'
import type { LinkRepository } from '../ports/link-repository.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { CodeHasher, Secrets, Signer } from '../ports/secrets.ts'
import type { VisitorRepository, VisitSink } from '../ports/visitor-repository.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { IsBlocked } from './blocked-destinations.ts'

export interface LinksDependencies {
  readonly links: LinkRepository & LinkLists
  /** Further hosts of short links. */
  readonly domains: ShortDomainDirectory
  readonly clicks: ClickRepository
  readonly clickSink: ClickSink
  readonly visitors: VisitorRepository
  readonly addVisit: VisitSink
  readonly codeHasher: Pick<CodeHasher, 'hash'>
  readonly botName: BotDetector
  readonly locateIp: GeoLocator
  readonly limits: Pick<
    Limits,
    'link' | 'linkPassword' | 'wrongLinkPassword' | 'checkWrongLinkPasswords'
  >
  readonly passwordHasher: PasswordHasher
  readonly signer: Signer
  readonly secrets: Pick<Secrets, 'id' | 'bytes'>
  readonly isBlocked: IsBlocked
  readonly clock: Clock
  readonly destinationRules: DestinationRules
}
