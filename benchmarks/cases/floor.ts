import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { cookieValue } from './answer.ts'
import type { CaseContext, CaseServer } from './case.ts'
import { createNodeServer } from './node-server.ts'
import { createPool } from './postgres-pool.ts'
import { openSqlite } from './sqlite.ts'

/** The minimum that verifies a token: its user and the stored hash. */
interface Found {
  readonly userId: string
  readonly secretHash: Uint8Array
}

type Find = (id: string) => Promise<Found | null> | Found | null

/**
 * The floor: one SHA-256 and one prepared lookup of two columns by primary key, in Coatcheck's own
 * table. It is not a session library: it records no activity and returns only the user.
 */
export async function open({ database, variant }: CaseContext): Promise<CaseServer> {
  const find =
    variant === 'postgres' ? findInPostgres(database) : findInSqlite(openSqlite(database, variant))
  const server = createNodeServer({
    userOf: (request) => check(request, find),
    async signIn() {
      throw new Error('The floor only reads sessions that Coatcheck created')
    },
  })
  return { server }
}

async function check(request: IncomingMessage, find: Find): Promise<string | null> {
  const token = cookieValue(request, 'session-dev')
  if (token === null || token.length !== 66) return null
  const presented = createHash('sha256').update(token.slice(23)).digest()
  const found = await find(token.slice(0, 22))
  return found !== null && timingSafeEqual(found.secretHash, presented) ? found.userId : null
}

function findInPostgres(database: string): Find {
  const pool = createPool(database)
  const name = 'floor'
  const text = `
    SELECT user_id AS "userId", secret_hash AS "secretHash" FROM sessions
    WHERE id = $1 AND ended_at IS NULL
      AND expires_at > now() AND last_activity_at + idle_timeout > now()`
  return async (id) => {
    const { rows } = await pool.query<Found>({ name, text, values: [id] })
    return rows[0] ?? null
  }
}

function findInSqlite(database: ReturnType<typeof openSqlite>): Find {
  const select = database.prepare(`
    SELECT user_id AS userId, secret_hash AS secretHash FROM sessions
    WHERE id = ? AND ended_at IS NULL
      AND expires_at > ? AND last_activity_at + idle_timeout_ms > ?`)
  return (id) => {
    const now = Date.now()
    const row = select.get(id, now, now)
    return isFound(row) ? row : null
  }
}

function isFound(row: unknown): row is Found {
  return typeof row === 'object' && row !== null && 'secretHash' in row
}
