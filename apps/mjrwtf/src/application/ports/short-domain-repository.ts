import type { ShortDomain, ShortDomainDetails } from '../../domain/short-domain.ts'

/** Stores the further hosts of short links. */
export interface ShortDomainRepository {
  /** All domains, in the order of their hosts. */
  list(): Promise<readonly ShortDomain[]>
  /** Adds a domain, unless its host exists or there are `limit` domains. Returns whether it was added. */
  add(domain: ShortDomain, limit: number): Promise<boolean>
  /** Returns whether there is such a domain. */
  change(host: string, details: ShortDomainDetails): Promise<boolean>
  /** Returns whether there was such a domain. Its links still name it: release them. */
  remove(host: string): Promise<boolean>
  /**
   * Moves a batch of links whose domain does not exist to the default host. Returns whether there may be more. Finds
   * them by an index.
   */
  releaseLinksBatch(): Promise<boolean>
}
