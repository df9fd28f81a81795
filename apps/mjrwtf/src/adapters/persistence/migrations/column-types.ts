/** The types of columns in which the two databases differ. */
export interface ColumnTypes {
  readonly instant: string
  readonly bytes: string
  /** Up to 2^53. */
  readonly integer: string
  /** Ends a `CREATE TABLE`. */
  readonly options: string
}

export const sqliteTypes: ColumnTypes = {
  instant: 'INTEGER',
  bytes: 'BLOB',
  integer: 'INTEGER',
  options: 'STRICT',
}

export const postgresTypes: ColumnTypes = {
  instant: 'timestamptz',
  bytes: 'bytea',
  integer: 'bigint',
  options: '',
}
