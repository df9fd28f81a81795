import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Whether the database accepts a write. Writes the one row of a table again, with the same values. Never rejects. */
export async function canWrite({ kysely }: Database): Promise<boolean> {
  try {
    const query = sql`UPDATE security_event_retention SET retained_from = retained_from`
    await query.execute(kysely)
    return true
  } catch {
    return false
  }
}
