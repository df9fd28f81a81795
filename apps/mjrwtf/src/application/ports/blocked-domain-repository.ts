import type { BlockedDomain } from '../../domain/blocked-domain.ts'
import type { EntryPlace, PageStart } from './paging.ts'

export interface BlockedDomainPage {
  /** Newest first. */
  readonly domains: readonly BlockedDomain[]
  readonly hasMore: boolean
}

/** Domains of a file, which the operator maintains. */
export interface BlocklistFile {
  /**
   * Reads the file if it has changed since the last call, and returns its domains; `null` if it has not, or cannot be read.
   * Reports what it could not read. Never rejects.
   */
  readChanged(): Promise<ReadonlySet<string> | null>
}

/** Stores the domains that administrators have blocked. Rejects with `RepositoryError` only. */
export interface BlockedDomainRepository {
  /** Changes with each domain that is added or removed. */
  version(): Promise<string>
  all(): Promise<readonly string[]>
  list(request: {
    /** The id of a place is a domain. */
    readonly start: PageStart<EntryPlace> | null
    readonly limit: number
  }): Promise<BlockedDomainPage>
  /** Adds the domain unless it is there, or there are `maxBlockedDomains`. Parallel calls may exceed them by theirs. */
  add(domain: BlockedDomain): Promise<'added' | 'exists' | 'full'>
  /** Returns `false` if the domain is not blocked. */
  remove(domain: string): Promise<boolean>
}
