import { postgresDestinationHost, sqliteDestinationHost } from '../destination-host.ts'
import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 23
const name = 'several administrators, blocked domains and reports of links'
const deletes =
  'blocked domains, reports of links, the recipients of invitations, and the role of all administrators but the one who has had it longest'

function create({ instant, options }: ColumnTypes, destinationHost: string): string {
  return `
      -- Since when the user is an administrator. Null also for one that an older version added.
      ALTER TABLE users ADD COLUMN operator_since ${instant};
      UPDATE users SET operator_since = created_at WHERE is_operator = 1;
      DROP INDEX users_operator;
      CREATE INDEX users_operator ON users (is_operator) WHERE is_operator = 1;

      -- Where the invitation was sent. Null if an administrator hands it over.
      ALTER TABLE invites ADD COLUMN email TEXT;
      CREATE INDEX invites_created ON invites (created_at, id);

      -- Neither it nor a domain below it can be the destination of a link.
      CREATE TABLE blocked_domains (
        -- In lower case, in Punycode.
        domain TEXT PRIMARY KEY,
        reason TEXT NOT NULL,
        blocked_at ${instant} NOT NULL
      ) ${options};
      CREATE INDEX blocked_domains_newest ON blocked_domains (blocked_at, domain);

      -- Administrators list the links of all users, newest first, and find those to a host.
      CREATE INDEX links_newest ON links (created_at, id);
      CREATE INDEX links_host ON links ((${destinationHost}), created_at, id);

      CREATE TABLE link_reports (
        id TEXT PRIMARY KEY,
        link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
        reason TEXT NOT NULL,
        -- What the visitor wrote. Empty for nothing.
        comment TEXT NOT NULL,
        created_at ${instant} NOT NULL,
        -- Null for a report in the queue.
        closed_at ${instant}
      ) ${options};
      CREATE INDEX link_reports_link ON link_reports (link_id);
      CREATE INDEX link_reports_open ON link_reports (created_at, id) WHERE closed_at IS NULL;
      CREATE INDEX link_reports_closed ON link_reports (closed_at) WHERE closed_at IS NOT NULL;`
}

const down = `
      DROP TABLE link_reports;
      DROP INDEX links_host;
      DROP INDEX links_newest;
      DROP TABLE blocked_domains;
      DROP INDEX invites_created;
      ALTER TABLE invites DROP COLUMN email;
      DROP INDEX users_operator;
      UPDATE users SET is_operator = 0 WHERE is_operator = 1 AND id <> (
        SELECT id FROM users WHERE is_operator = 1
        ORDER BY coalesce(operator_since, created_at), id LIMIT 1);
      CREATE UNIQUE INDEX users_operator ON users (is_operator) WHERE is_operator = 1;
      ALTER TABLE users DROP COLUMN operator_since;`

export const sqliteAdministrators: Migration = {
  version,
  name,
  deletes,
  up: create(sqliteTypes, sqliteDestinationHost),
  down,
}

export const postgresAdministrators: Migration = {
  version,
  name,
  deletes,
  up: create(postgresTypes, postgresDestinationHost),
  down,
}
