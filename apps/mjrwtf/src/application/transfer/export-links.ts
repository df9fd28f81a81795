import type { Throttled } from '../../domain/results.ts'
import type { UserId } from '../../domain/user.ts'
import type { ArchivedLink } from '../ports/account-repository.ts'
import type { TransferDependencies } from './dependencies.ts'

export type ExportLinksResult =
  /** Oldest first, without deleted links, read page by page while they are consumed. */
  { readonly status: 'ready'; readonly pages: AsyncIterable<readonly ArchivedLink[]> } | Throttled

/** Exports the links of a user in the form in which they can be imported again. */
export type ExportLinks = (ownerId: UserId) => Promise<ExportLinksResult>

/** Links in memory at once. */
const pageSize = 500

export function createExportLinks({ accountArchive, limits }: TransferDependencies): ExportLinks {
  async function* pages(userId: UserId) {
    let last: ArchivedLink | null = null
    for (;;) {
      const after: { createdAt: number; id: string } | null =
        last === null ? null : { createdAt: last.createdAt, id: last.id }
      const links = await accountArchive.links({ userId, after, limit: pageSize })
      yield links.filter(({ removedAt }) => removedAt === null)
      last = links.at(-1) ?? null
      if (links.length < pageSize) return
    }
  }

  return async function exportLinks(ownerId) {
    const throttled = await limits.export(ownerId)
    return throttled ?? { status: 'ready', pages: pages(ownerId) }
  }
}
