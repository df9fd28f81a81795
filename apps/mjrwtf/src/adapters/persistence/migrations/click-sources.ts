import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 24
const name = 'cities, systems, devices and bots of clicks, visitors, and unknown short codes'
const deletes =
  'the cities, systems and devices of clicks, the clicks of bots, the numbers of visitors, and the visits to unknown short codes'

/** Days that exist are converted when they are read (click-cells.ts). */
function up({ instant }: ColumnTypes, tableOptions: string): string {
  return `
    -- City and country: "Lyon, FR".
    ALTER TABLE clicks ADD COLUMN city TEXT;
    ALTER TABLE clicks ADD COLUMN system TEXT;
    ALTER TABLE clicks ADD COLUMN device TEXT;
    -- 1 for a click of a program, which no other count contains.
    ALTER TABLE clicks ADD COLUMN is_bot INTEGER NOT NULL DEFAULT 0;

    -- The visitors of a link in a day of UTC, without anything that identifies one once the day has passed.
    CREATE TABLE visitor_days (
      link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
      day TEXT NOT NULL,
      visitors INTEGER NOT NULL,
      -- JSON: pairs of quarter-hour and visitors whose first visit of the day was then.
      slots TEXT NOT NULL,
      -- Salted hashes. Empty once the salt of the day is deleted.
      sketch TEXT NOT NULL,
      PRIMARY KEY (link_id, day)
    )${tableOptions};
    CREATE INDEX visitor_days_sketch ON visitor_days (day) WHERE sketch <> '';

    -- The random salt of a day, deleted after it.
    CREATE TABLE visitor_salts (
      day TEXT PRIMARY KEY,
      salt TEXT NOT NULL
    )${tableOptions};

    -- Visits to codes that no link has, for administrators.
    CREATE TABLE unknown_codes (
      code TEXT PRIMARY KEY,
      visits INTEGER NOT NULL,
      first_visit_at ${instant} NOT NULL,
      last_visit_at ${instant} NOT NULL
    )${tableOptions};
    CREATE INDEX unknown_codes_visits ON unknown_codes (visits, last_visit_at);`
}

/** The version before reads other cells, so it counts the days from the clicks at its start. */
const down = `
    DROP TABLE unknown_codes;
    DROP TABLE visitor_salts;
    DROP TABLE visitor_days;
    INSERT INTO pending_recounts SELECT DISTINCT link_id FROM click_days WHERE true
    ON CONFLICT (link_id) DO NOTHING;
    DELETE FROM click_days;
    DELETE FROM clicks WHERE is_bot = 1;
    ALTER TABLE clicks DROP COLUMN is_bot;
    ALTER TABLE clicks DROP COLUMN device;
    ALTER TABLE clicks DROP COLUMN system;
    ALTER TABLE clicks DROP COLUMN city;`

export const sqliteClickSources: Migration = {
  version,
  name,
  deletes,
  up: up(sqliteTypes, ' STRICT, WITHOUT ROWID'),
  down,
}

export const postgresClickSources: Migration = {
  version,
  name,
  deletes,
  up: up(postgresTypes, ''),
  down,
}
