import type { UserId } from '../../domain/user.ts'
import type { LinkImport, OwnImport } from '../ports/import-repository.ts'
import { type CheckImport, createCheckImport } from './check-import.ts'
import type { TransferDependencies } from './dependencies.ts'
import { createExportLinks, type ExportLinks } from './export-links.ts'
import { createImportRunner, type ImportRunner } from './run-import.ts'

/** Imports of links from files, and exports. */
export interface Transfer {
  readonly check: CheckImport
  readonly find: (own: OwnImport) => Promise<LinkImport | null>
  readonly findLatest: (ownerId: UserId) => Promise<LinkImport | null>
  /** Starts to add the links of a file that was checked. Returns `false` if it cannot be started. */
  readonly start: (own: OwnImport) => Promise<boolean>
  /** Removes the links that were added, or discards a file that was only checked. Returns `false` if it is complete. */
  readonly cancel: (own: OwnImport) => Promise<boolean>
  readonly runner: ImportRunner
  readonly export: ExportLinks
}

export function createTransfer(dependencies: TransferDependencies): Transfer {
  const { imports, clock } = dependencies
  const runner = createImportRunner(dependencies)
  return {
    check: createCheckImport(dependencies),
    find: (own) => imports.find(own),
    findLatest: (ownerId) => imports.findLatest(ownerId),
    async start(own) {
      const started = await imports.start(own, clock.now())
      if (started) runner.run(own.id)
      return started
    },
    async cancel(own) {
      if (await imports.discard(own)) return true
      const canceled = await imports.cancel(own, clock.now())
      if (canceled) runner.run(own.id)
      return canceled
    },
    runner,
    export: createExportLinks(dependencies),
  }
}
