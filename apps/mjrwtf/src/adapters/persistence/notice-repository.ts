import { sql } from 'kysely'
import type { NoticeRepository } from '../../application/ports/notice-repository.ts'
import { ask, type Database } from './database.ts'

/** Keeps what was told lately. The statement that writes it down is the one that decides, under the row's lock. */
export function createNoticeRepository({ kysely, dialect }: Database): NoticeRepository {
  return {
    async take({ userId, about, by, at, interval }) {
      const query = sql`
        INSERT INTO notices (user_id, about, told_at, told_by)
        SELECT id, ${about}, ${dialect.at(at)}, ${by} FROM users WHERE id = ${userId}
        ON CONFLICT (user_id, about) DO UPDATE SET
          told_at = excluded.told_at, told_by = excluded.told_by
        WHERE notices.told_at <= ${dialect.at(at - interval)} OR notices.told_by = ${by}
        RETURNING about`
      const { rows } = await ask(query.execute(kysely))
      return rows.length === 1
    },
    async purge(before) {
      const query = kysely.deleteFrom('notices').where('told_at', '<', dialect.stamp(before))
      await ask(query.execute())
    },
  }
}
