import { type Selectable, sql } from 'kysely'
import type { AccountArchive, ArchivedLink } from '../../application/ports/account-repository.ts'
import type { Click } from '../../domain/click.ts'
import { listSecurityEventKinds } from '../../domain/security-event.ts'
import { type Database, run } from './database.ts'
import { toEdit } from './link-edits.ts'
import { toLinkWithClicks } from './link-rows.ts'
import { toEvent } from './security-event-repository.ts'
import { type Tables, toInstant } from './tables.ts'

/** Reads all data of a user in pages, in the order of indexes. Each page starts after the previous one. */
export function createAccountArchive({ kysely, dialect }: Database): AccountArchive {
  return {
    async links({ userId, after, limit }) {
      const page = kysely
        .selectFrom('links')
        .selectAll()
        .where('owner_id', '=', userId)
        .$if(after !== null, (builder) =>
          builder.where(
            sql<boolean>`(created_at, id) > (${dialect.timestampSql(after?.createdAt ?? 0)}, ${after?.id})`,
          ),
        )
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit)
      return (await run(page.execute())).map(toArchivedLink)
    },
    async clicks(linkId, { userId, after, limit }) {
      const query = kysely
        .selectFrom('clicks')
        .selectAll()
        .where('link_id', '=', linkId)
        .where(sql<boolean>`EXISTS (
          SELECT 1 FROM links WHERE links.id = link_id AND links.owner_id = ${userId})`)
        .$if(after !== null, (builder) =>
          builder.where(
            sql<boolean>`(at, id) > (${dialect.timestampSql(after?.at ?? 0)}, ${after?.id})`,
          ),
        )
        .orderBy('at')
        .orderBy('id')
        .limit(limit)
      return (await run(query.execute())).map(toClick)
    },
    async codes(linkIds, userId) {
      const query = kysely
        .selectFrom('short_codes')
        .innerJoin('links', 'links.id', 'short_codes.link_id')
        .select(['links.id as linkId', 'short_codes.short_code as code'])
        .where('short_codes.link_id', 'in', linkIds)
        .where('short_codes.removed_at', 'is', null)
        .where('links.owner_id', '=', userId)
        .whereRef('short_codes.short_code', '<>', 'links.short_code')
        .orderBy('short_codes.short_code')
      return run(query.execute())
    },
    async edits(linkIds, userId) {
      const query = kysely
        .selectFrom('link_edits')
        .innerJoin('links', 'links.id', 'link_edits.link_id')
        .selectAll('link_edits')
        .where('link_edits.link_id', 'in', linkIds)
        .where('links.owner_id', '=', userId)
        .orderBy('link_edits.link_id')
        .orderBy('link_edits.number')
      const rows = await run(query.execute())
      return rows.map((row) => ({ linkId: row.link_id, ...toEdit(row) }))
    },
    async securityEvents({ userId, after, limit }) {
      const query = kysely
        .selectFrom('security_events')
        .selectAll()
        .where('user_id', '=', userId)
        // Omits kinds of a newer release in the query, because a short page is the last one.
        .where('kind', 'in', listSecurityEventKinds())
        .$if(after !== null, (builder) =>
          builder.where(
            sql<boolean>`(at, id) > (${dialect.timestampSql(after?.at ?? 0)}, ${after?.id})`,
          ),
        )
        .orderBy('at')
        .orderBy('id')
        .limit(limit)
      return (await run(query.execute())).flatMap(toEvent)
    },
  }
}

function toArchivedLink(row: Selectable<Tables['links']>): ArchivedLink {
  const removedAt = row.removed_at === null ? null : toInstant(row.removed_at)
  return { ...toLinkWithClicks(row), removedAt }
}

function toClick(row: Selectable<Tables['clicks']>): Click {
  return {
    id: row.id,
    linkId: row.link_id,
    at: toInstant(row.at),
    referrerHost: row.referrer_host,
    country: row.country,
    agent: row.agent,
    city: row.city,
    system: row.system,
    device: row.device,
    isBot: row.is_bot === 1,
    count: row.count,
  }
}
