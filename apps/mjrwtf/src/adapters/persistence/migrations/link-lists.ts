import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import {
  postgresSearchIndex,
  sqliteSearchInput,
  sqliteSearchTrigger,
} from './link-search-migrations.ts'
import type { Migration } from './migration.ts'

const version = 25
const name = 'lists of links by tag, state, clicks and title'
const deletes =
  'changes of many links, which can no longer be undone; links are listed by tag and state again after the next step up'

function addColumns({ instant }: ColumnTypes): string {
  return `
      -- What is compared and sorted, as the app folds it: databases fold A to Z only. Empty if there is none.
      ALTER TABLE links ADD COLUMN title_key TEXT NOT NULL DEFAULT '';
      ALTER TABLE links ADD COLUMN note_key TEXT NOT NULL DEFAULT '';
      -- The destination as it is shown, if that is not the destination itself in lower case.
      ALTER TABLE links ADD COLUMN destination_key TEXT NOT NULL DEFAULT '';
      -- A JSON array, in the order of the tags.
      ALTER TABLE links ADD COLUMN tag_keys TEXT NOT NULL DEFAULT '[]';
      -- When the state in the lists was computed. Null for its creation.
      ALTER TABLE links ADD COLUMN listed_at ${instant};
      -- The change of many links that changed this one last.
      ALTER TABLE links ADD COLUMN last_change TEXT;`
}

/** Both databases sort by code points, as SQLite does. */
const collation = (options: string) => (options === '' ? 'COLLATE "C" ' : '')

function createTables({ instant, integer, options }: ColumnTypes): string {
  return `
    -- A row per link that is not removed, with the tag key '', and one for each of its tags. Triggers write it.
    CREATE TABLE link_entries (
      position ${integer} NOT NULL,
      tag_key TEXT ${collation(options)}NOT NULL,
      owner_id TEXT NOT NULL,
      state TEXT NOT NULL,
      created_at ${instant} NOT NULL,
      clicks ${integer} NOT NULL,
      -- What lists by title are sorted by.
      name TEXT ${collation(options)}NOT NULL,
      -- When the state changes next because time passes. Null for never, and for the rows of tags.
      due_at ${instant},
      PRIMARY KEY (position, tag_key)
    )${options === '' ? '' : ` ${options}, WITHOUT ROWID`};
    CREATE INDEX link_entries_created
      ON link_entries (owner_id, tag_key, state, created_at, position);
    CREATE INDEX link_entries_clicks
      ON link_entries (owner_id, tag_key, state, clicks, position, created_at);
    CREATE INDEX link_entries_name
      ON link_entries (owner_id, tag_key, state, name, position, created_at);
    CREATE INDEX link_entries_due ON link_entries (owner_id, due_at) WHERE due_at IS NOT NULL;

    -- A change of many links at once.
    CREATE TABLE link_changes (
      id TEXT PRIMARY KEY,
      owner_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      -- Empty for a change that is not about a tag.
      tag TEXT NOT NULL,
      -- What the tag is renamed to, or empty.
      new_tag TEXT NOT NULL,
      -- JSON: which links it changes.
      filter TEXT NOT NULL,
      created_at ${instant} NOT NULL,
      -- JSON: the links behind this place are still to be changed. 'null' when it is complete.
      next_place TEXT NOT NULL,
      links ${integer} NOT NULL,
      -- Null unless it is being undone, or was.
      undone_at ${instant}
    )${options === '' ? '' : ` ${options}`};
    CREATE INDEX link_changes_owner ON link_changes (owner_id, created_at);
    CREATE INDEX link_changes_created ON link_changes (created_at);
    CREATE INDEX links_last_change ON links (owner_id, last_change) WHERE last_change IS NOT NULL;
    CREATE INDEX links_removed ON links (owner_id, removed_at, position)
      WHERE removed_at IS NOT NULL;`
}

const dropTables = `
    DROP INDEX links_removed;
    DROP INDEX links_last_change;
    DROP TABLE link_changes;
    DROP TABLE link_entries;
    ALTER TABLE links DROP COLUMN last_change;
    ALTER TABLE links DROP COLUMN listed_at;
    ALTER TABLE links DROP COLUMN tag_keys;
    ALTER TABLE links DROP COLUMN destination_key;
    ALTER TABLE links DROP COLUMN note_key;
    ALTER TABLE links DROP COLUMN title_key;`

const listedAt = 'coalesce(listed_at, created_at)'
const hasEnded = `(admitted_clicks >= click_limit OR expires_at <= ${listedAt})`

/** The columns of an entry, besides the key of its tag, in the order of the table. */
const entryColumns = (least: string) => `
      id, position, owner_id,
      CASE
        WHEN archived_at IS NOT NULL THEN 'archived'
        WHEN taken_down_at IS NOT NULL THEN 'taken-down'
        WHEN ${hasEnded} THEN 'ended'
        WHEN starts_at > ${listedAt} THEN 'scheduled'
        ELSE 'active'
      END AS state,
      created_at, click_count AS clicks,
      substr(coalesce(nullif(title_key, ''), nullif(code_key, ''), lower(short_code)), 1, 100)
        AS name,
      CASE
        WHEN archived_at IS NOT NULL OR taken_down_at IS NOT NULL OR ${hasEnded} THEN NULL
        WHEN starts_at > ${listedAt} THEN coalesce(${least}(starts_at, expires_at), starts_at)
        ELSE expires_at
      END AS due_at`

/** The entries of rows of `links`, on PostgreSQL. */
const postgresInput = (table: string) => `
    SELECT listed.*, tags.tag_key
    FROM (SELECT tag_keys, ${entryColumns('least')} FROM ${table} WHERE removed_at IS NULL) AS listed,
      jsonb_array_elements_text(listed.tag_keys::jsonb || '[""]') AS tags (tag_key)`

const addEntriesFrom = (input: string) => `INSERT INTO link_entries
        (position, tag_key, owner_id, state, created_at, clicks, name, due_at)
      SELECT position, tag_key, owner_id, state, created_at, clicks, name,
        CASE WHEN tag_key = '' THEN due_at END
      FROM ${input}`

const addEntries = addEntriesFrom('link_entry_input')

/** An UPDATE of one of them changes the entries of a link. */
const entrySources = [
  'position',
  'created_at',
  'short_code',
  'code_key',
  'title_key',
  'tag_keys',
  'removed_at',
  'archived_at',
  'taken_down_at',
  'starts_at',
  'expires_at',
  'click_limit',
  'listed_at',
]

const isLimitReached = (row: string) => `(${row}.admitted_clicks >= ${row}.click_limit)`

const searchSources = [
  'short_code',
  'code_key',
  'destination',
  'removed_at',
  'title_key',
  'note_key',
  'destination_key',
  'tag_keys',
]

const sqliteSearchText = `lower(coalesce(nullif(code_key, ''), short_code) || char(10)
          || substr(destination, 1, 2048)) || coalesce(char(10) || nullif(destination_key, ''), '')
          || coalesce(char(10) || nullif(title_key, ''), '')
          || coalesce(char(10) || nullif(note_key, ''), '')
          || coalesce(char(10) || nullif(tag_keys, '[]'), '')`

export const sqliteLinkLists: Migration = {
  version,
  name,
  deletes,
  up: `
    ${addColumns(sqliteTypes)}
    ${createTables(sqliteTypes)}
    CREATE VIEW link_entry_input AS
    SELECT listed.*, tags.value AS tag_key
    FROM (SELECT tag_keys, ${entryColumns('min')} FROM links WHERE removed_at IS NULL) AS listed,
      -- UNION would read all links.
      json_each(json_insert(listed.tag_keys, '$[#]', '')) AS tags;
    ${addEntries} WHERE true ON CONFLICT DO NOTHING;

    -- Also after an insert: another trigger sets the position of a new link.
    CREATE TRIGGER links_listed AFTER UPDATE OF ${entrySources.join(', ')}, admitted_clicks ON links
    WHEN ${entrySources.map((column) => `OLD.${column} IS NOT NEW.${column}`).join(' OR ')}
      OR ${isLimitReached('OLD')} IS NOT ${isLimitReached('NEW')}
    BEGIN
      DELETE FROM link_entries WHERE position = NEW.position;
      ${addEntries} WHERE id = NEW.id ON CONFLICT DO NOTHING;
    END;
    CREATE TRIGGER links_clicks_listed AFTER UPDATE OF click_count ON links
    WHEN OLD.click_count IS NOT NEW.click_count
    BEGIN UPDATE link_entries SET clicks = NEW.click_count WHERE position = NEW.position; END;
    CREATE TRIGGER links_unlisted AFTER DELETE ON links
    BEGIN DELETE FROM link_entries WHERE position = OLD.position; END;

    DROP TRIGGER links_changed;
    DROP VIEW link_search_input;
    ${sqliteSearchInput(sqliteSearchText)}
    ${sqliteSearchTrigger(searchSources)}`,
  down: `
    DROP TRIGGER links_changed;
    DROP VIEW link_search_input;
    DROP TRIGGER links_unlisted;
    DROP TRIGGER links_clicks_listed;
    DROP TRIGGER links_listed;
    DROP VIEW link_entry_input;
    ${sqliteSearchInput('lower(short_code || char(10) || destination)')}
    ${sqliteSearchTrigger(['short_code', 'destination', 'removed_at'])}
    ${dropTables}
    INSERT INTO link_search (link_search) VALUES ('delete-all');
    INSERT INTO link_search (rowid, terms) SELECT position, terms FROM link_search_input;`,
}

export const postgresLinkLists: Migration = {
  version,
  name,
  deletes,
  up: `
    ${addColumns(postgresTypes)}
    ${createTables(postgresTypes)}
    CREATE VIEW link_entry_input AS ${postgresInput('links')};
    ${addEntries} ON CONFLICT DO NOTHING;

    -- A session plans the statements of a function once. Were they to join a table with the changed rows, a plan of the
    -- time when it was small would read all of it later. So they read no table, or by a parameter with a plan of its own.
    CREATE FUNCTION list_links() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${addEntriesFrom(`(${postgresInput('new_links')}) AS input`)} ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$;
    -- The rows of links are locked, so that their entries are too.
    CREATE FUNCTION list_changed_links() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_custom_plan AS $$
    DECLARE
      clicked bigint[];
      changed text[];
      unlisted bigint[];
    BEGIN
      SELECT array_agg(new_links.position) INTO clicked
      FROM new_links JOIN old_links ON old_links.id = new_links.id
      WHERE new_links.click_count <> old_links.click_count;
      IF clicked IS NOT NULL THEN
        UPDATE link_entries SET clicks = new_links.click_count
        FROM new_links
        WHERE link_entries.position = ANY (clicked) AND link_entries.position = new_links.position;
      END IF;
      SELECT array_agg(new_links.id) INTO changed
      FROM new_links JOIN old_links ON old_links.id = new_links.id
      WHERE ${entrySources.map((column) => `new_links.${column} IS DISTINCT FROM old_links.${column}`).join(' OR ')}
        OR ${isLimitReached('new_links')} IS DISTINCT FROM ${isLimitReached('old_links')};
      IF changed IS NOT NULL THEN
        SELECT array_agg(position) INTO unlisted FROM new_links WHERE id = ANY (changed);
        DELETE FROM link_entries WHERE position = ANY (unlisted);
        ${addEntriesFrom(`(${postgresInput('new_links')}) AS input`)}
        WHERE id = ANY (changed) ON CONFLICT DO NOTHING;
      END IF;
      RETURN NULL;
    END $$;
    CREATE FUNCTION unlist_links() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_custom_plan AS $$
    DECLARE
      unlisted bigint[] := (SELECT array_agg(position) FROM old_links);
    BEGIN
      DELETE FROM link_entries WHERE position = ANY (unlisted);
      RETURN NULL;
    END $$;
    CREATE TRIGGER links_listed AFTER INSERT ON links
    REFERENCING NEW TABLE AS new_links FOR EACH STATEMENT EXECUTE FUNCTION list_links();
    CREATE TRIGGER links_relisted AFTER UPDATE ON links
    REFERENCING NEW TABLE AS new_links OLD TABLE AS old_links
    FOR EACH STATEMENT EXECUTE FUNCTION list_changed_links();
    CREATE TRIGGER links_unlisted AFTER DELETE ON links
    REFERENCING OLD TABLE AS old_links FOR EACH STATEMENT EXECUTE FUNCTION unlist_links();

    DROP INDEX links_terms;
    DROP FUNCTION link_terms;
    CREATE FUNCTION link_terms(
      place bigint, short_code text, code_key text, destination text, destination_key text,
      title_key text, note_key text, tag_keys text
    ) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100000 AS $$
      SELECT array_agg(DISTINCT ((place >> 14) << 24) | (get_byte(bytes, n) << 16)
        | (get_byte(bytes, n + 1) << 8) | get_byte(bytes, n + 2))
      -- OFFSET: converts the text once, not for each of its bytes.
      FROM (
        SELECT convert_to(
          lower((coalesce(nullif(code_key, ''), short_code) || chr(10)
            || substr(destination, 1, 2048)) COLLATE "C")
          || coalesce(chr(10) || nullif(destination_key, ''), '')
          || coalesce(chr(10) || nullif(title_key, ''), '')
          || coalesce(chr(10) || nullif(note_key, ''), '')
          || coalesce(chr(10) || nullif(tag_keys, '[]'), ''), 'UTF8') AS bytes
        OFFSET 0
      ) AS text,
      generate_series(0, length(bytes) - 3) AS n
    $$;
    CREATE INDEX links_terms ON links USING gin (link_terms(
      position, short_code, code_key, destination, destination_key, title_key, note_key, tag_keys
    )) WITH (fastupdate = off) WHERE removed_at IS NULL;`,
  down: `
    DROP INDEX links_terms;
    DROP FUNCTION link_terms;
    DROP TRIGGER links_unlisted ON links;
    DROP TRIGGER links_relisted ON links;
    DROP TRIGGER links_listed ON links;
    DROP FUNCTION unlist_links;
    DROP FUNCTION list_changed_links;
    DROP FUNCTION list_links;
    DROP VIEW link_entry_input;
    ${dropTables}
    ${postgresSearchIndex}`,
}
