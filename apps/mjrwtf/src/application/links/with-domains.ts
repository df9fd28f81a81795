import type { DestinationRules } from '../../domain/destination.ts'
import type { ShortDomainDirectory } from '../domains/short-domains.ts'

export type OwnDomains = Pick<ShortDomainDirectory, 'list'>

/** A link to one of the domains would lead back here, as one to the site itself. */
export function withDomains(rules: DestinationRules, { list }: OwnDomains): DestinationRules {
  const origins = list().map(({ host }) => `https://${host}`)
  return { ...rules, ownOrigins: [...rules.ownOrigins, ...origins] }
}
