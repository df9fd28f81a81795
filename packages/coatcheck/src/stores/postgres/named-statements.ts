import { createHash } from 'node:crypto'
import { getField } from '../../domain/stored-fields.ts'
import type { PostgresQuery } from './driver.ts'

/**
 * Names a statement after its text, so that a connection prepares it once. Equal names must mean equal
 * statements: behind a pooler, two applications with different tables share connections.
 */
export function named(text: string): PostgresQuery {
  return { name: `coatcheck-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text }
}

/**
 * Errors of PostgreSQL that mean that a connection does not have the statement that its name promises. The
 * statement did nothing.
 */
const nameErrors: readonly unknown[] = [
  // It does not exist, or exists already: a pooler has switched the connection (PgBouncer before 1.21).
  '26000',
  '42P05',
  // Its plan was made before a change of the table.
  '0A000',
]

/**
 * Runs statements with their names until a name fails, and without names from then on: they save the
 * planning of each read, but a pooler may not support them.
 */
export function createNamedRun<Result>(
  run: (statement: PostgresQuery) => Promise<Result>,
): (statement: PostgresQuery) => Promise<Result> {
  let usesNames = true

  return async function runNamed(statement) {
    if (!usesNames) return run(withoutName(statement))
    try {
      return await run(statement)
    } catch (error) {
      if (statement.name === undefined || !isNameError(error)) throw error
      usesNames = false
      return run(withoutName(statement))
    }
  }
}

function withoutName({ name: _name, ...statement }: PostgresQuery): PostgresQuery {
  return statement
}

function isNameError(error: unknown): boolean {
  return nameErrors.includes(getField(error, 'code'))
}
