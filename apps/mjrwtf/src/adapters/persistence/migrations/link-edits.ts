import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 27
const name = 'edit history of links'
const deletes = 'the edit history of links'

/** Edits that are kept of each link. */
export const keptEdits = 30

function createTable({ instant, options }: ColumnTypes): string {
  return `
    -- When and how its owner edited the link last. A statement that sets neither is recorded without them.
    ALTER TABLE links ADD COLUMN edited_at ${instant};
    ALTER TABLE links ADD COLUMN edited_by TEXT NOT NULL DEFAULT '';

    -- The newest edits of each link. A trigger of \`links\` writes it, so that no edit is left out.
    CREATE TABLE link_edits (
      link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
      -- Counts the edits of a link.
      number INTEGER NOT NULL,
      at ${instant} NOT NULL,
      -- Empty if unknown.
      edited_by TEXT NOT NULL,
      -- JSON: an array of the value before and after, by column.
      changes TEXT NOT NULL,
      PRIMARY KEY (link_id, number)
    ) ${options};`
}

const dropTable = `
    DROP TABLE link_edits;
    ALTER TABLE links DROP COLUMN edited_by;
    ALTER TABLE links DROP COLUMN edited_at;`

const textColumns = ['short_code', 'destination', 'title', 'note', 'tags', 'fallback_url', 'domain']
const numberColumns = ['click_limit', 'forwards_query']
const instantColumns = ['starts_at', 'expires_at', 'archived_at', 'taken_down_at']
const columns = [...textColumns, ...numberColumns, ...instantColumns, 'password_hash']

/** A password is neither shown nor stored a second time: 0 for none, 1 for one, and 2 for another one. */
function passwordOf(row: 'OLD' | 'NEW', isSame: string): string {
  const isSet =
    row === 'OLD' ? '1' : `CASE WHEN OLD.password_hash IS NULL OR ${isSame} THEN 1 ELSE 2 END`
  return `CASE WHEN ${row}.password_hash IS NULL THEN 0 ELSE ${isSet} END`
}

/** The values of each column before and after, as rows of an SQL query. */
function valuesOf(instant: (column: string) => string, isSame: string): readonly string[][] {
  return [
    ...[...textColumns, ...numberColumns].map((column) => [
      column,
      `OLD.${column}`,
      `NEW.${column}`,
    ]),
    ...instantColumns.map((column) => [column, instant(`OLD.${column}`), instant(`NEW.${column}`)]),
    ['password_hash', passwordOf('OLD', isSame), passwordOf('NEW', isSame)],
  ]
}

const sqliteChanges = valuesOf((column) => column, 'OLD.password_hash IS NEW.password_hash')
  .map(
    ([column, before, after]) =>
      `SELECT '${column}' AS name, json_array(${before}, ${after}) AS pair`,
  )
  .join('\n        UNION ALL ')

export const sqliteLinkEdits: Migration = {
  version,
  name,
  deletes,
  up: `
    ${createTable(sqliteTypes).replace(' STRICT;', ' STRICT, WITHOUT ROWID;')}
    CREATE TRIGGER links_edited AFTER UPDATE OF ${columns.join(', ')} ON links
    WHEN ${columns.map((column) => `OLD.${column} IS NOT NEW.${column}`).join(' OR ')}
    BEGIN
      INSERT INTO link_edits (link_id, number, at, edited_by, changes)
      SELECT NEW.id,
        coalesce((SELECT max(number) FROM link_edits WHERE link_id = NEW.id), 0) + 1,
        iif(OLD.edited_at IS NOT NEW.edited_at AND NEW.edited_at IS NOT NULL, NEW.edited_at,
          CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
        iif(OLD.edited_at IS NOT NEW.edited_at, NEW.edited_by, ''),
        (SELECT json_group_object(name, json(pair)) FROM (
        ${sqliteChanges}) WHERE pair ->> 0 IS NOT pair ->> 1);
      DELETE FROM link_edits WHERE link_id = NEW.id AND number <=
        (SELECT max(number) FROM link_edits WHERE link_id = NEW.id) - ${keptEdits};
    END;`,
  down: `
    DROP TRIGGER links_edited;
    ${dropTable}`,
}

const postgresChanges = valuesOf(
  (column) => `(extract(epoch FROM ${column}) * 1000)::bigint`,
  'OLD.password_hash = NEW.password_hash',
)
  .map(([column, before, after]) => `('${column}', jsonb_build_array(${before}, ${after}))`)
  .join(',\n          ')

export const postgresLinkEdits: Migration = {
  version,
  name,
  deletes,
  up: `
    ${createTable(postgresTypes)}
    CREATE FUNCTION record_link_edit() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      is_stated boolean :=
        OLD.edited_at IS DISTINCT FROM NEW.edited_at AND NEW.edited_at IS NOT NULL;
      -- The row of the link is locked, so edits of one link are counted one after the other.
      next_number integer :=
        coalesce((SELECT max(number) FROM link_edits WHERE link_id = NEW.id), 0) + 1;
    BEGIN
      INSERT INTO link_edits (link_id, number, at, edited_by, changes)
      SELECT NEW.id, next_number,
        CASE WHEN is_stated THEN NEW.edited_at ELSE clock_timestamp() END,
        CASE WHEN is_stated THEN NEW.edited_by ELSE '' END,
        jsonb_object_agg(name, pair)::text
      FROM (VALUES
          ${postgresChanges}) AS changed (name, pair)
      WHERE pair -> 0 IS DISTINCT FROM pair -> 1;
      DELETE FROM link_edits WHERE link_id = NEW.id AND number <= next_number - ${keptEdits};
      RETURN NULL;
    END $$;
    CREATE TRIGGER links_edited AFTER UPDATE OF ${columns.join(', ')} ON links FOR EACH ROW
    WHEN (${columns.map((column) => `OLD.${column} IS DISTINCT FROM NEW.${column}`).join(' OR ')})
    EXECUTE FUNCTION record_link_edit();`,
  down: `
    DROP TRIGGER links_edited ON links;
    DROP FUNCTION record_link_edit;
    ${dropTable}`,
}
