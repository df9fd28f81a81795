import { sql } from 'kysely'
import type { NotificationRepository } from '../../application/ports/notification-repository.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'

/** Stores recent notifications. One statement records and decides, under the lock of the row. */
export function createNotificationRepository(database: Database): NotificationRepository {
  const { kysely, dialect } = database
  return {
    async claim({ userId, subject, sentBy, at, interval }) {
      const query = sql`
        INSERT INTO sent_notifications (user_id, subject, sent_at, sent_by)
        SELECT id, ${subject}, ${dialect.timestampSql(at)}, ${sentBy} FROM users WHERE id = ${userId}
        ON CONFLICT (user_id, subject) DO UPDATE SET
          sent_at = excluded.sent_at, sent_by = excluded.sent_by
        WHERE sent_notifications.sent_at <= ${dialect.timestampSql(at - interval)}
          OR sent_notifications.sent_at > ${dialect.timestampSql(at + interval)}
          OR sent_notifications.sent_by = ${sentBy}
        RETURNING subject`
      const { rows } = await run(query.execute(kysely))
      return rows.length === 1
    },
    purgeBatch(before) {
      const rows = sql`
        SELECT user_id, subject FROM sent_notifications
        WHERE sent_at < ${dialect.timestampSql(before)}`
      return purgeBatch(database, {
        table: 'sent_notifications',
        keyColumns: ['user_id', 'subject'],
        rows,
      })
    },
  }
}
