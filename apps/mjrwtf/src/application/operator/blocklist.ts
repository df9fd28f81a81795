import type { Clock } from 'coatcheck'
import {
  type BlockedDomain,
  findBlockedDomain,
  maxBlockedDomains,
  parseBlockedDomain,
} from '../../domain/blocked-domain.ts'
import type { Invalid } from '../../domain/results.ts'
import { isTakeDownReason } from '../../domain/take-down.ts'
import { type Instant, type Milliseconds, minute, second } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type {
  BlockedDomainPage,
  BlockedDomainRepository,
  BlocklistFile,
} from '../ports/blocked-domain-repository.ts'
import type { Log } from '../ports/log.ts'
import type { EntryPlace, PageStart } from '../ports/paging.ts'

export type BlockDomainResult =
  | { readonly status: 'blocked' | 'already-blocked'; readonly domain: string }
  | Invalid<'domain' | 'reason'>
  /** `not-found`: the user is not an administrator. Nothing changed. */
  | { readonly status: 'full' }
  | { readonly status: 'not-found' }

/** The domains that no link may lead to: of the administrators, and of the file. */
export interface Blocklist {
  /**
   * Whether the host of the URL, or a domain above it, is blocked. Reads a copy in memory, which is at most a minute old, and
   * normally 5 seconds. Rejects with `RepositoryError` if it was never read.
   */
  isBlocked(url: string): Promise<boolean>
  list(
    operator: User,
    page: { readonly start: PageStart<EntryPlace> | null; readonly limit: number },
  ): Promise<BlockedDomainPage>
  /** From then on no link redirects there: in this process at once, in others after seconds. */
  block(
    operator: User,
    input: { readonly domain: string; readonly reason: string },
  ): Promise<BlockDomainResult>
  /** Links redirect there again. Returns `false` if it is not blocked. */
  unblock(operator: User, domain: string): Promise<boolean>
}

export interface BlocklistDependencies {
  readonly blockedDomains: BlockedDomainRepository
  /** `null` without a file. */
  readonly blocklistFile: BlocklistFile | null
  readonly clock: Clock
  readonly log: Log
}

/** A copy that is older is read in the background, so that no redirect waits. */
const refreshAfter: Milliseconds = 5 * second

/** A copy that is older is not used. */
const maxAge: Milliseconds = minute

export function createBlocklist(dependencies: BlocklistDependencies): Blocklist {
  const { blockedDomains, clock } = dependencies
  const copy = createCopy(dependencies)

  return {
    async isBlocked(url) {
      const hostname = URL.parse(url)?.hostname ?? ''
      const has = await copy.upToDate()
      return hostname !== '' && findBlockedDomain(hostname, has) !== null
    },
    async list(operator, page) {
      return operator.isOperator ? blockedDomains.list(page) : { domains: [], hasMore: false }
    },
    async block(operator, input) {
      if (!operator.isOperator) return { status: 'not-found' }
      const parsed = parseInput(input, clock.now())
      if (parsed.status === 'invalid') return parsed
      const { blocked } = parsed
      const added = await blockedDomains.add(blocked)
      copy.expire()
      if (added === 'full') return { status: 'full' }
      return { status: added === 'added' ? 'blocked' : 'already-blocked', domain: blocked.domain }
    },
    async unblock(operator, domain) {
      if (!operator.isOperator) return false
      const removed = await blockedDomains.remove(domain)
      copy.expire()
      return removed
    },
  }
}

interface BlockInput {
  readonly domain: string
  readonly reason: string
}

type ParsedInput =
  | { readonly status: 'ok'; readonly blocked: BlockedDomain }
  | Invalid<'domain' | 'reason'>

function parseInput({ domain: text, reason }: BlockInput, blockedAt: Instant): ParsedInput {
  const domain = parseBlockedDomain(text)
  if (domain === null) return invalid('domain', 'Enter a domain, such as example.com.')
  if (!isTakeDownReason(reason)) return invalid('reason', 'Choose a reason.')
  return { status: 'ok', blocked: { domain, reason, blockedAt } }
}

function invalid(field: 'domain' | 'reason', message: string): Invalid<'domain' | 'reason'> {
  return { status: 'invalid', fields: [{ field, message }] }
}

/** Shown if `block` returns `full`. */
export const fullBlocklistText = `${maxBlockedDomains.toLocaleString('en')} domains are blocked, the maximum. Add more to a file: BLOCKLIST_FILE.`

type Has = (domain: string) => boolean

/** The domains in memory. One refresh runs at a time. */
function createCopy({ blockedDomains, blocklistFile, clock, log }: BlocklistDependencies) {
  let ofFile: ReadonlySet<string> = new Set()
  let ofTable: ReadonlySet<string> = new Set()
  let version: string | null = null
  let readAt: Instant | null = null
  let running: Promise<void> | null = null
  let generation = 0
  const has: Has = (domain) => ofTable.has(domain) || ofFile.has(domain)

  async function read(): Promise<void> {
    const [startedAt, ofGeneration] = [clock.now(), generation]
    ofFile = (await blocklistFile?.readChanged()) ?? ofFile
    const current = await blockedDomains.version()
    const domains = current === version ? ofTable : new Set(await blockedDomains.all())
    // Another read has begun after a change of this process.
    if (ofGeneration !== generation) return
    ofTable = domains
    version = current
    readAt = startedAt
  }

  function refresh(): Promise<void> {
    const current = running ?? read()
    running = current
    const forget = () => {
      if (running === current) running = null
    }
    current.then(forget, forget)
    return current
  }

  async function refreshOrKeep(): Promise<void> {
    try {
      await refresh()
    } catch (err) {
      if (version === null) throw err
      // Links redirect while the database fails.
      log.error({ err }, 'the blocklist could not be read: an older one is used')
    }
  }

  return {
    async upToDate(): Promise<Has> {
      const age = readAt === null ? Number.POSITIVE_INFINITY : clock.now() - readAt
      if (age > maxAge) await refreshOrKeep()
      else if (age > refreshAfter) void refreshOrKeep()
      return has
    },
    /** The next check reads again. */
    expire(): void {
      readAt = null
      running = null
      generation += 1
    },
  }
}
