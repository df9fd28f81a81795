import type { Migration } from './migration.ts'

// The layout of a position and of a term; `link-terms.ts` has the same numbers.
//
// position: number of the owner * 2^30 + number of the link among the owner's. Never reused. Exact as a number of
//           JavaScript for 2^23 owners.
// volume:   position / 2^14, so 16,384 consecutive links of one owner.
// term:     volume * 2^24 + three consecutive bytes of the text in lower case.

/** The view of the terms of each link on SQLite. `text` is an expression of the columns of `links`. */
export const sqliteSearchInput = (
  text: string,
) => `-- The terms of each link, in hexadecimal digits and separated by spaces.
    CREATE VIEW link_search_input AS
    SELECT id, position, (
      SELECT group_concat(printf('%x', links.position >> 14) || hex(substr(bytes, key + 1, 3)), ' ')
      -- LIMIT: converts the text once, not for each of its bytes.
      FROM (
        SELECT CAST(${text} AS BLOB) AS bytes LIMIT 1
      ) AS text,
      -- One row per term: an array with that many elements.
      json_each('[0' || replace(hex(zeroblob(length(bytes) - 3)), '00', ',0') || ']')
    ) AS terms
    FROM links WHERE removed_at IS NULL;`

/** Indexes a link again when one of the columns changes. */
export const sqliteSearchTrigger = (
  columns: readonly string[],
) => `CREATE TRIGGER links_changed AFTER UPDATE OF ${columns.join(', ')} ON links
    WHEN ${columns.map((column) => `OLD.${column} IS NOT NEW.${column}`).join(' OR ')}
    BEGIN
      DELETE FROM link_search WHERE rowid = OLD.position;
      INSERT INTO link_search (rowid, terms)
      SELECT position, terms FROM link_search_input WHERE id = NEW.id;
    END;`

export const postgresSearchIndex = `-- The cost is high, so that no plan computes the terms of rows instead of using the index.
    CREATE FUNCTION link_terms(place bigint, short_code text, destination text)
    RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100000 AS $$
      SELECT array_agg(DISTINCT ((place >> 14) << 24) | (get_byte(bytes, n) << 16)
        | (get_byte(bytes, n + 1) << 8) | get_byte(bytes, n + 2))
      -- OFFSET: converts the text once, not for each of its bytes.
      FROM (
        SELECT convert_to(lower((short_code || chr(10) || destination) COLLATE "C"), 'UTF8') AS bytes
        OFFSET 0
      ) AS text,
      generate_series(0, length(bytes) - 3) AS n
    $$;
    -- Without fastupdate: a search would read the whole list of pending entries.
    CREATE INDEX links_terms ON links USING gin (link_terms(position, short_code, destination))
    WITH (fastupdate = off) WHERE removed_at IS NULL;`

export const sqliteLinkSearch: Migration = {
  version: 12,
  name: 'positions of links, and an index for searching them',
  up: `
    -- AUTOINCREMENT: the number of a deleted owner is never assigned again.
    CREATE TABLE link_owners (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      owner_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
      last_position INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO link_owners (owner_id) SELECT DISTINCT owner_id FROM links;

    -- A trigger sets it.
    ALTER TABLE links ADD COLUMN position INTEGER;
    UPDATE links SET position = numbered.position
    FROM (
      SELECT links.id, (link_owners.number << 30)
        + row_number() OVER (PARTITION BY links.owner_id ORDER BY created_at, links.id) AS position
      FROM links JOIN link_owners ON link_owners.owner_id = links.owner_id
    ) AS numbered
    WHERE numbered.id = links.id;
    UPDATE link_owners SET last_position =
      (SELECT max(position) FROM links WHERE links.owner_id = link_owners.owner_id);

    DROP INDEX links_active;
    -- With removed_at, a page is read from the index alone.
    CREATE INDEX links_active ON links (owner_id, position, removed_at) WHERE removed_at IS NULL;

    -- Stores no text and no positions in it, only which terms a link has.
    CREATE VIRTUAL TABLE link_search USING fts5 (
      terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
    );
    -- Otherwise a deletion of links merges large parts of the index at once, which takes seconds.
    INSERT INTO link_search (link_search, rank) VALUES ('deletemerge', 0);
    ${sqliteSearchInput('lower(short_code || char(10) || destination)')}
    INSERT INTO link_search (rowid, terms) SELECT position, terms FROM link_search_input;

    CREATE TRIGGER links_added AFTER INSERT ON links
    BEGIN
      INSERT INTO link_owners (owner_id) SELECT NEW.owner_id
      WHERE NOT EXISTS (SELECT 1 FROM link_owners WHERE owner_id = NEW.owner_id);
      UPDATE link_owners SET last_position = max(last_position, number << 30) + 1
      WHERE owner_id = NEW.owner_id;
      UPDATE links SET position =
        (SELECT last_position FROM link_owners WHERE owner_id = NEW.owner_id)
      WHERE id = NEW.id;
      INSERT INTO link_search (rowid, terms)
      SELECT position, terms FROM link_search_input
      WHERE id = NEW.id;
    END;
    ${sqliteSearchTrigger(['short_code', 'destination', 'removed_at'])}
    CREATE TRIGGER links_deleted AFTER DELETE ON links WHEN OLD.removed_at IS NULL
    BEGIN DELETE FROM link_search WHERE rowid = OLD.position; END;`,
  down: `
    DROP TRIGGER links_deleted;
    DROP TRIGGER links_changed;
    DROP TRIGGER links_added;
    DROP VIEW link_search_input;
    DROP TABLE link_search;
    DROP INDEX links_active;
    CREATE INDEX links_active ON links (owner_id, created_at, id) WHERE removed_at IS NULL;
    ALTER TABLE links DROP COLUMN position;
    DROP TABLE link_owners;`,
}

export const postgresLinkSearch: Migration = {
  version: 12,
  name: 'positions of links, and an index for searching them',
  up: `
    CREATE TABLE link_owners (
      number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      owner_id text NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
      last_position bigint NOT NULL
    );
    INSERT INTO link_owners (owner_id, last_position) SELECT DISTINCT owner_id, 0 FROM links;

    -- A trigger sets it.
    ALTER TABLE links ADD COLUMN position bigint;
    UPDATE links SET position = numbered.position
    FROM (
      SELECT links.id, (link_owners.number::bigint << 30)
        + row_number() OVER (PARTITION BY links.owner_id ORDER BY created_at, links.id) AS position
      FROM links JOIN link_owners ON link_owners.owner_id = links.owner_id
    ) AS numbered
    WHERE numbered.id = links.id;
    UPDATE link_owners SET last_position =
      (SELECT max(position) FROM links WHERE links.owner_id = link_owners.owner_id);
    ALTER TABLE links ALTER COLUMN position SET NOT NULL;

    DROP INDEX links_active;
    CREATE UNIQUE INDEX links_active ON links (owner_id, position) WHERE removed_at IS NULL;

    CREATE FUNCTION set_link_position() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- Locks the user first, like the deletion of an account, which prevents deadlocks.
      PERFORM 1 FROM users WHERE id = NEW.owner_id FOR KEY SHARE;
      -- A conflict consumes a number too, so only the first links of a user that are added at once may cause one.
      INSERT INTO link_owners (owner_id, last_position) SELECT NEW.owner_id, 0
      WHERE NOT EXISTS (SELECT FROM link_owners WHERE owner_id = NEW.owner_id)
      ON CONFLICT DO NOTHING;
      UPDATE link_owners SET last_position = greatest(last_position, number::bigint << 30) + 1
      WHERE owner_id = NEW.owner_id RETURNING last_position INTO NEW.position;
      RETURN NEW;
    END $$;
    -- After links_reserve_code, by its name: a link that is not inserted takes no position.
    CREATE TRIGGER links_set_position BEFORE INSERT ON links
    FOR EACH ROW EXECUTE FUNCTION set_link_position();

    ${postgresSearchIndex}`,
  down: `
    DROP INDEX links_terms;
    DROP FUNCTION link_terms;
    DROP TRIGGER links_set_position ON links;
    DROP FUNCTION set_link_position;
    DROP INDEX links_active;
    CREATE INDEX links_active ON links (owner_id, created_at, id) WHERE removed_at IS NULL;
    ALTER TABLE links DROP COLUMN position;
    DROP TABLE link_owners;`,
}
