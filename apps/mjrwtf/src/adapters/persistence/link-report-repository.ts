import { type Selectable, sql } from 'kysely'
import type {
  LinkReportRepository,
  OpenReport,
} from '../../application/ports/link-report-repository.ts'
import { type LinkReport, maxOpenReports, maxOpenReportsOfLink } from '../../domain/link-report.ts'
import { readTakeDownReason } from '../../domain/take-down.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { behind, newestFirst, sortOrder } from './entry-list.ts'
import { type Tables, toInstant } from './tables.ts'

export function createLinkReportRepository(database: Database): LinkReportRepository {
  const { kysely, dialect } = database
  const open = kysely.selectFrom('link_reports').selectAll().where('closed_at', 'is', null)

  return {
    async add(report) {
      const added = await run(insertion(database, report).execute(kysely))
      if (added.rows.length === 1) return 'added'
      // This read only selects the message.
      const ofLink = await run(open.where('link_id', '=', report.linkId).execute())
      return ofLink.length >= maxOpenReportsOfLink ? 'duplicate' : 'full'
    },
    async listOpen({ start, limit }) {
      const order = sortOrder(start)
      const [condition = sql<boolean>`true`] = behind(dialect, start, 'created_at')
      const page = open
        .where(condition)
        .orderBy('created_at', order)
        .orderBy('id', order)
        .limit(limit + 1)
      const query = kysely
        .selectFrom(page.as('reports'))
        .innerJoin('links', 'links.id', 'reports.link_id')
        .innerJoin('users', 'users.id', 'links.owner_id')
        .selectAll('reports')
        .select(['links.short_code', 'links.destination', 'links.owner_id', 'users.email'])
        .orderBy('reports.created_at', order)
        .orderBy('reports.id', order)
      const rows = await run(query.execute())
      const reports = newestFirst(start, rows.slice(0, limit)).map(toOpenReport)
      return { reports, hasMore: rows.length > limit }
    },
    async listOpenOfLink(id) {
      const query = open
        .where('link_id', '=', id)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(maxOpenReportsOfLink)
      return (await run(query.execute())).map(toReport)
    },
    async closeOfLink(id, at) {
      const query = kysely
        .updateTable('link_reports')
        .set({ closed_at: dialect.timestamp(at) })
        .where('link_id', '=', id)
        .where('closed_at', 'is', null)
        .returning('id')
      return (await run(query.execute())).length
    },
    purgeBatch(before) {
      const rows = sql`SELECT id FROM link_reports WHERE closed_at < ${dialect.timestampSql(before)}`
      return purgeBatch(database, { table: 'link_reports', keyColumns: ['id'], rows })
    },
  }
}

/** Not if the link was deleted in the meantime. */
function insertion({ dialect }: Database, report: LinkReport) {
  const { id, linkId, reason, comment, createdAt } = report
  return sql<{ readonly id: string }>`
    INSERT INTO link_reports (id, link_id, reason, comment, created_at)
    SELECT ${id}, links.id, ${reason}, ${comment}, ${dialect.timestampSql(createdAt)}
    FROM links WHERE links.id = ${linkId}
      AND (SELECT count(*) FROM link_reports WHERE link_id = ${linkId} AND closed_at IS NULL)
        < ${sql.lit(maxOpenReportsOfLink)}
      AND (SELECT count(*) FROM link_reports WHERE closed_at IS NULL) < ${sql.lit(maxOpenReports)}
    RETURNING id`
}

type ReportRow = Selectable<Tables['link_reports']>

function toReport(row: ReportRow): LinkReport {
  return {
    id: row.id,
    linkId: row.link_id,
    reason: readTakeDownReason(row.reason),
    comment: row.comment,
    createdAt: toInstant(row.created_at),
  }
}

interface OpenReportRow extends ReportRow {
  readonly short_code: string
  readonly destination: string
  readonly owner_id: string
  readonly email: string
}

function toOpenReport(row: OpenReportRow): OpenReport {
  const { short_code: shortCode, destination, owner_id: ownerId, email: ownerEmail } = row
  return { ...toReport(row), link: { shortCode, destination, ownerId, ownerEmail } }
}
