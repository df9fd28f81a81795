import { rejectOption } from '../../domain/errors.ts'
import { createTableNames, type TableNames, type TableOptions } from '../tables/table-names.ts'

/** Throws `invalid-option` for an invalid prefix, and for a schema. */
export function createSqliteTableNames(options: TableOptions = {}): TableNames {
  if (options.schema !== undefined) {
    // The channel, foreign keys and triggers would each need another form for an attached database.
    rejectOption('schema is for PostgreSQL: in SQLite, use tablePrefix or a file of its own')
  }
  return createTableNames(options)
}
