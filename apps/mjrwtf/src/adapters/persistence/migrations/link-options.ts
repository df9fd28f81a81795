import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 22
const name = 'titles, tags and options of links, and codes that ignore case'
const deletes =
  'titles, notes, tags and options of links, destinations as they were typed, and all codes of a link but its main one: links with a start date, a click limit or a password redirect without it'

function addColumns({ instant }: ColumnTypes): string {
  return `
      ALTER TABLE links ADD COLUMN title TEXT NOT NULL DEFAULT '';
      ALTER TABLE links ADD COLUMN note TEXT NOT NULL DEFAULT '';
      -- A JSON array, as typed and in that order.
      ALTER TABLE links ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
      -- Null for a link that redirects from its creation on.
      ALTER TABLE links ADD COLUMN starts_at ${instant};
      -- Where a link redirects that has ended. Null for an error page.
      ALTER TABLE links ADD COLUMN fallback_url TEXT;
      ALTER TABLE links ADD COLUMN click_limit INTEGER;
      -- Visits that a link with a click limit has admitted. Independent of click_count, which is written later.
      ALTER TABLE links ADD COLUMN admitted_clicks INTEGER NOT NULL DEFAULT 0;
      -- Argon2id. Null for a link that needs no password.
      ALTER TABLE links ADD COLUMN password_hash TEXT;
      ALTER TABLE links ADD COLUMN forwards_query INTEGER NOT NULL DEFAULT 0;
      -- Null for a link in the list of its owner. An archived link redirects.
      ALTER TABLE links ADD COLUMN archived_at ${instant};
      -- Host of the short link. Null for that of SHORT_BASE_URL.
      ALTER TABLE links ADD COLUMN domain TEXT;
      -- The short code as it is compared. Empty for a link that an older version added: its codes are ASCII.
      ALTER TABLE links ADD COLUMN code_key TEXT NOT NULL DEFAULT '';
      -- The destination as its owner typed it. Null if it has no characters that a URL encodes.
      ALTER TABLE links ADD COLUMN typed_destination TEXT;

      -- The code as it is compared, and the link that it leads to, which may have been deleted with its owner.
      ALTER TABLE short_codes ADD COLUMN code_key TEXT NOT NULL DEFAULT '';
      ALTER TABLE short_codes ADD COLUMN link_id TEXT;
      -- When the owner removed the code from the link. Null for a code that redirects.
      ALTER TABLE short_codes ADD COLUMN removed_at ${instant};
      -- 1 for a code that differs from another one by case only, from a time when both could be created.
      ALTER TABLE short_codes ADD COLUMN is_variant INTEGER NOT NULL DEFAULT 0;`
}

/** Uniqueness holds among all codes but those variants, and with them, as one code of each group is none. */
const fillCodes = (lower: string) => `
      UPDATE links SET code_key = ${lower};
      UPDATE short_codes SET code_key = ${lower},
        link_id = (SELECT id FROM links WHERE links.short_code = short_codes.short_code);
      CREATE INDEX short_codes_key ON short_codes (code_key);
      UPDATE short_codes SET is_variant = 1 WHERE EXISTS (
        SELECT 1 FROM short_codes AS other
        WHERE other.code_key = short_codes.code_key AND other.short_code < short_codes.short_code);
      CREATE UNIQUE INDEX short_codes_unique_key ON short_codes (code_key) WHERE is_variant = 0;
      CREATE INDEX short_codes_link ON short_codes (link_id) WHERE removed_at IS NULL;`

const dropColumns = `
      DROP INDEX short_codes_link;
      DROP INDEX short_codes_unique_key;
      DROP INDEX short_codes_key;
      ALTER TABLE short_codes DROP COLUMN is_variant;
      ALTER TABLE short_codes DROP COLUMN removed_at;
      ALTER TABLE short_codes DROP COLUMN link_id;
      ALTER TABLE short_codes DROP COLUMN code_key;
      ALTER TABLE links DROP COLUMN typed_destination;
      ALTER TABLE links DROP COLUMN code_key;
      ALTER TABLE links DROP COLUMN domain;
      ALTER TABLE links DROP COLUMN archived_at;
      ALTER TABLE links DROP COLUMN forwards_query;
      ALTER TABLE links DROP COLUMN password_hash;
      ALTER TABLE links DROP COLUMN admitted_clicks;
      ALTER TABLE links DROP COLUMN click_limit;
      ALTER TABLE links DROP COLUMN fallback_url;
      ALTER TABLE links DROP COLUMN starts_at;
      ALTER TABLE links DROP COLUMN tags;
      ALTER TABLE links DROP COLUMN note;
      ALTER TABLE links DROP COLUMN title;`

export const sqliteLinkOptions: Migration = {
  version,
  name,
  deletes,
  up: `
    ${addColumns(sqliteTypes)}
    ${fillCodes('lower(short_code)')}
    DROP TRIGGER links_reserve_code;
    CREATE TRIGGER links_reserve_code BEFORE INSERT ON links
    BEGIN
      SELECT RAISE(IGNORE) WHERE EXISTS (
        SELECT 1 FROM short_codes
        WHERE code_key = coalesce(nullif(NEW.code_key, ''), lower(NEW.short_code)));
      INSERT INTO short_codes (short_code, code_key, link_id)
      VALUES (NEW.short_code, coalesce(nullif(NEW.code_key, ''), lower(NEW.short_code)), NEW.id);
    END;`,
  down: `
    DROP TRIGGER links_reserve_code;
    CREATE TRIGGER links_reserve_code BEFORE INSERT ON links
    BEGIN
      SELECT RAISE(IGNORE)
      WHERE EXISTS (SELECT 1 FROM short_codes WHERE short_code = NEW.short_code);
      INSERT INTO short_codes (short_code) VALUES (NEW.short_code);
    END;
    ${dropColumns}`,
}

export const postgresLinkOptions: Migration = {
  version,
  name,
  deletes,
  up: `
    ${addColumns(postgresTypes)}
    ${fillCodes('lower(short_code COLLATE "C")')}
    CREATE OR REPLACE FUNCTION reserve_short_code() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO short_codes (short_code, code_key, link_id)
      VALUES (NEW.short_code,
        coalesce(nullif(NEW.code_key, ''), lower(NEW.short_code COLLATE "C")), NEW.id)
      ON CONFLICT DO NOTHING;
      IF NOT FOUND THEN
        RETURN NULL;
      END IF;
      RETURN NEW;
    END $$;`,
  down: `
    CREATE OR REPLACE FUNCTION reserve_short_code() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO short_codes (short_code) VALUES (NEW.short_code) ON CONFLICT DO NOTHING;
      IF NOT FOUND THEN
        RETURN NULL;
      END IF;
      RETURN NEW;
    END $$;
    ${dropColumns}`,
}
