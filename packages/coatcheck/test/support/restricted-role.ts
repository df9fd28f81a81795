import { randomBytes } from 'node:crypto'
import type { TableOptions } from 'coatcheck/postgres'
import type pg from 'pg'
import type { TestDatabase } from '../../../../tools/testing/test-database.ts'

/** A role that may only run the application. */
export interface RestrictedRole {
  readonly name: string
  /** How the role connects. No table of the sessions is in the `search_path`. */
  readonly settings: pg.PoolConfig
  /** Grants what the guide on databases lists. */
  grant(tables: Required<TableOptions>): Promise<void>
  drop(): Promise<void>
}

/** Roles belong to the whole server, so their names are unique. */
export async function createRestrictedRole({ pool, url }: TestDatabase): Promise<RestrictedRole> {
  const name = `coatcheck_${randomBytes(6).toString('hex')}`
  const password = 'of-a-test'
  await pool.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`)
  const connection = Object.assign(new URL(url), { username: name, password })
  return {
    name,
    settings: withoutSearchPath(connection.href),
    async grant(tables) {
      await pool.query(grants(name, tables))
    },
    async drop() {
      await pool.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`)
    },
  }
}

export function withoutSearchPath(connectionString: string): pg.PoolConfig {
  return { connectionString, options: '-c search_path=pg_catalog', max: 10 }
}

function grants(role: string, { schema, tablePrefix }: Required<TableOptions>): string {
  const table = (name: string) => `"${schema}"."${tablePrefix}${name}"`
  return `
    GRANT USAGE ON SCHEMA "${schema}" TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE
      ON ${table('sessions')}, ${table('session_pending_sign_ins')}, ${table('session_grants')} TO ${role};
    GRANT SELECT, INSERT, UPDATE ON ${table('session_user_endings')}, ${table('session_sweeps')} TO ${role};
    GRANT SELECT ON ${table('session_migrations')} TO ${role}`
}
