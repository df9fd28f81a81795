import { systemClock } from 'coatcheck'
import { copyRows, type RowCounts } from '../adapters/backup/copy-rows.ts'
import { withUnusedSource } from '../adapters/backup/open-source.ts'
import { replaceDatabase } from '../adapters/backup/replace-database.ts'
import type { MoveReport } from '../adapters/cli/cli-context.ts'
import type { DatabaseLocation } from '../adapters/persistence/persistence.ts'
import type { Config } from '../config/config.ts'

/** Copies the database of the environment to another one, which must be empty. Both must be unused. */
export async function move({ database }: Config, to: DatabaseLocation): Promise<MoveReport> {
  return withUnusedSource(database, async (source) => {
    let rows: RowCounts = {}
    const { replacedCharacters } = await replaceDatabase(to, {
      description: source.description,
      mayReplace: false,
      now: new Date(systemClock.now()),
      load: async (sink) => {
        rows = await copyRows(source, sink)
      },
    })
    return { rows, replacedCharacters }
  })
}
