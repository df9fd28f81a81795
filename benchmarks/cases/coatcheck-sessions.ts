import { createSessions, type RevocationChannel, type Sessions } from 'coatcheck'
import { createWebSessions, type WebSessions } from 'coatcheck/http'
import {
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import {
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  migrateSqliteSessions,
} from 'coatcheck/sqlite'
import pg from 'pg'
import type { CaseContext, CaseServer } from './case.ts'
import { countUpdates, type UpdateCounter } from './count-updates.ts'
import { createPool } from './postgres-pool.ts'
import { openSqlite } from './sqlite.ts'

interface Data {
  readonly theme: string
}

interface OpenedStore {
  readonly counter: UpdateCounter
  readonly channel: RevocationChannel
  readonly close: () => Promise<void>
}

/** Coatcheck with default options, on either database, with or without the cache. */
export async function openSessions({ database, variant }: CaseContext): Promise<{
  readonly sessions: Sessions<Data>
  readonly hooks: Required<Omit<CaseServer, 'server'>>
}> {
  const opened = variant.includes('postgres')
    ? await openPostgresStore(database)
    : openSqliteStore(database, variant)
  const sessions = createSessions<Data>({
    store: opened.counter.store,
    data: { initial: { theme: 'light' } },
    ...(variant.includes('cached') && { cache: { channel: opened.channel } }),
  })
  return { sessions, hooks: hooksOf(sessions, opened) }
}

/** The same with the HTTP core. */
export function createWeb(sessions: Sessions<Data>): WebSessions<Data> {
  return createWebSessions(sessions, {
    baseUrl: 'http://localhost',
    keys: ['at least thirty-two bytes of randomness'],
  })
}

async function openPostgresStore(connectionString: string): Promise<OpenedStore> {
  const pool = createPool(connectionString)
  await migratePostgresSessions(pool)
  return {
    counter: countUpdates(createPostgresSessionStore(pool)),
    channel: createPostgresRevocationChannel({
      createClient: () => new pg.Client({ connectionString }),
    }),
    close: () => pool.end(),
  }
}

function openSqliteStore(file: string, variant: string): OpenedStore {
  const database = openSqlite(file, variant)
  const second = openSqlite(file, variant)
  migrateSqliteSessions(database)
  return {
    counter: countUpdates(createSqliteSessionStore(database)),
    channel: createSqliteRevocationChannel(second),
    async close() {
      database.close()
      second.close()
    },
  }
}

function hooksOf(
  sessions: Sessions<Data>,
  { counter, close }: OpenedStore,
): Required<Omit<CaseServer, 'server'>> {
  return {
    flush: () => counter.uncounted(sessions.flushActivity),
    statistics: () => ({ ...counter.statistics(), ...numbersOf(sessions.cacheStatistics()) }),
    async close() {
      await sessions.close()
      await close()
    },
  }
}

function numbersOf(statistics: object | null): Record<string, number> {
  const entries = Object.entries(statistics ?? {}).filter(([, value]) => typeof value === 'number')
  return Object.fromEntries(entries)
}
