import type { Instant } from 'coatcheck'
import type { Pool } from 'pg'
import { type Generation, generationOf, userAgents } from '../rows.ts'
import { fillStatement } from './fill-statement.ts'

/** Rows of one statement. */
const chunkRows = 20_000
/** Connections that fill concurrently. */
const fillers = 2

interface Chunk extends Generation {
  readonly generation: Generation
}

/**
 * Fills the table with rows 0 to `size` - 1, none of them ended. Indexes exist while it fills: built
 * afterward, they would be denser than those of real sign-ins.
 */
export async function fill(pool: Pool, size: number, now: Instant): Promise<void> {
  const at = new Date(now).toISOString()
  await pool.query('ALTER TABLE sessions SET (autovacuum_enabled = off)')
  // Rows that sign-ins and ends of an earlier measurement left.
  await pool.query('DELETE FROM sessions WHERE ended_at IS NOT NULL OR created_at >= $1', [at])
  await pool.query('TRUNCATE session_user_endings')
  const chunks = chunksOf(size)
  await Promise.all(
    Array.from({ length: fillers }, async () => {
      for (const chunk of chunks) await addChunk(pool, chunk, at)
    }),
  )
  await pool.query('ALTER TABLE sessions RESET (autovacuum_enabled)')
  await pool.query('VACUUM (ANALYZE) sessions')
  await pool.query('CHECKPOINT')
}

function* chunksOf(size: number): Generator<Chunk> {
  for (let from = 0; from < size; ) {
    const generation = generationOf(from)
    const to = Math.min(from + chunkRows, generation.to, size)
    yield { from, to, generation }
    from = to
  }
}

async function addChunk(pool: Pool, { from, to, generation }: Chunk, at: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('SET synchronous_commit = off')
    await client.query(fillStatement, [from, to, generation.from, generation.to, at, userAgents])
    await client.query('RESET synchronous_commit')
  } finally {
    client.release()
  }
}
