import type { Clock } from 'coatcheck'
import type { FieldError, Invalid } from '../../domain/results.ts'
import {
  maxShortDomains,
  parseShortDomain,
  parseShortHost,
  type ShortDomain,
  type ShortDomainDetails,
  type ShortDomainInput,
} from '../../domain/short-domain.ts'
import type { ShortDomainRepository } from '../ports/short-domain-repository.ts'
import type { BatchRunner } from '../shared/batch-runner.ts'

/** The domains as this process last read them. Reads memory only, because every redirect asks. */
export interface ShortDomainDirectory {
  /** The domain of a host as in an origin, or `null`. */
  find(host: string): ShortDomain | null
  list(): readonly ShortDomain[]
  isEmpty(): boolean
}

export type ChangeShortDomainResult =
  | { readonly status: 'changed' }
  | Invalid<keyof ShortDomainDetails>
  | { readonly status: 'not-found' }

export type AddShortDomainResult =
  | { readonly status: 'added'; readonly host: string }
  | Invalid<keyof ShortDomainDetails | 'host'>

/** Further hosts of short links. Administrators change them. */
export interface ShortDomains extends ShortDomainDirectory {
  /** Reads the domains again. Call it before the server listens, and often: another process may have changed them. */
  refresh(): Promise<void>
  add(host: string, input: ShortDomainInput): Promise<AddShortDomainResult>
  change(host: string, input: ShortDomainInput): Promise<ChangeShortDomainResult>
  /** Removes the domain and moves its links to the default host. Returns whether there was such a domain. */
  remove(host: string): Promise<boolean>
}

interface ShortDomainsDependencies {
  readonly shortDomains: ShortDomainRepository
  readonly batchRunner: Pick<BatchRunner, 'run'>
  readonly clock: Clock
  /** Origins of this app, whose hosts cannot be domains. */
  readonly ownOrigins: readonly string[]
}

export function createShortDomains(dependencies: ShortDomainsDependencies): ShortDomains {
  const { shortDomains: repository, batchRunner, clock } = dependencies
  const ownHosts = new Set(dependencies.ownOrigins.map((origin) => new URL(origin).host))
  let byHost: ReadonlyMap<string, ShortDomain> = new Map()

  async function refresh(): Promise<void> {
    const domains = await repository.list()
    byHost = new Map(domains.map((domain) => [domain.host, domain]))
  }

  return {
    find: (host) => byHost.get(host) ?? null,
    list: () => [...byHost.values()],
    isEmpty: () => byHost.size === 0,
    refresh,
    async add(text, input) {
      const host = parseShortHost(text)
      const problem = hostProblem(host, ownHosts)
      const parsed = parseShortDomain(input, host ?? '')
      if (host === null || problem !== null || parsed.status === 'invalid') {
        const fields = parsed.status === 'invalid' ? parsed.fields : []
        return { status: 'invalid', fields: [...hostErrors(problem), ...fields] }
      }
      const domain = { host, createdAt: clock.now(), ...parsed.details }
      const added = await repository.add(domain, maxShortDomains)
      await refresh()
      if (added) return { status: 'added', host }
      return {
        status: 'invalid',
        fields: hostErrors(byHost.has(host) ? existsMessage : fullMessage),
      }
    },
    async change(host, input) {
      const parsed = parseShortDomain(input, host)
      if (parsed.status === 'invalid') return parsed
      const changed = await repository.change(host, parsed.details)
      await refresh()
      return { status: changed ? 'changed' : 'not-found' }
    },
    async remove(host) {
      const removed = await repository.remove(host)
      await refresh()
      if (removed) await batchRunner.run([repository.releaseLinksBatch])
      return removed
    },
  }
}

function hostProblem(host: string | null, ownHosts: ReadonlySet<string>): string | null {
  if (host === null) return 'Enter a host name, such as go.example.'
  return ownHosts.has(host) ? 'This is the host of the site itself.' : null
}

function hostErrors(message: string | null): readonly FieldError<'host'>[] {
  return message === null ? [] : [{ field: 'host', message }]
}

const existsMessage = 'This domain exists already.'
const fullMessage = `There are ${maxShortDomains} domains, the maximum.`
