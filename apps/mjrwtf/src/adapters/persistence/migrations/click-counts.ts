import type { Migration } from './migration.ts'

const version = 11
const name = 'click counts'

/** Existing clicks are counted at the next start. */
const countExistingClicks = 'INSERT INTO pending_recounts SELECT DISTINCT link_id FROM clicks;'

/** Back to one row for each click, as the version before stores them. */
const separateClicks = `
    INSERT INTO clicks (id, link_id, at, referrer_host, country, agent)
    WITH RECURSIVE numbers (n) AS (
      SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < (SELECT max(count) FROM clicks)
    )
    SELECT id || '-' || n, link_id, at, referrer_host, country, agent
    FROM clicks JOIN numbers ON n <= count;`

const countExistingLinks = `
    INSERT INTO link_totals (owner_id, links, clicks)
    SELECT owner_id, count(*), 0 FROM links WHERE removed_at IS NULL GROUP BY owner_id;`

/** Account deletion replaces it, and restores it. */
export const sqliteTotalsTrigger = `CREATE TRIGGER links_count_updated AFTER UPDATE OF removed_at, click_count, owner_id ON links
    BEGIN
      UPDATE link_totals SET links = links - 1, clicks = clicks - OLD.click_count
      WHERE owner_id = OLD.owner_id AND OLD.removed_at IS NULL;
      INSERT INTO link_totals (owner_id, links, clicks)
      SELECT NEW.owner_id, 1, NEW.click_count WHERE NEW.removed_at IS NULL
      ON CONFLICT (owner_id) DO UPDATE SET
        links = links + excluded.links, clicks = clicks + excluded.clicks;
    END;`

/** The same, from the name of the function on. */
export const postgresTotalsFunction = `change_link_totals() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO link_totals AS totals (owner_id, links, clicks)
      SELECT owner_id, sum(links), sum(clicks) FROM (
        SELECT owner_id, 1 AS links, click_count AS clicks FROM new_links WHERE removed_at IS NULL
        UNION ALL
        SELECT owner_id, -1, -click_count FROM old_links WHERE removed_at IS NULL
      ) AS changes GROUP BY owner_id HAVING sum(links) <> 0 OR sum(clicks) <> 0 ORDER BY owner_id
      ON CONFLICT (owner_id) DO UPDATE SET
        links = totals.links + excluded.links, clicks = totals.clicks + excluded.clicks;
      RETURN NULL;
    END $$;`

export const sqliteClickCounts: Migration = {
  version,
  name,
  up: `
    ALTER TABLE links ADD COLUMN click_count INTEGER NOT NULL DEFAULT 0;
    -- Clicks that were counted together have one row.
    ALTER TABLE clicks ADD COLUMN count INTEGER NOT NULL DEFAULT 1;

    -- The clicks on a link in a day of UTC, so that no page reads single clicks.
    CREATE TABLE click_days (
      link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
      day TEXT NOT NULL,
      clicks INTEGER NOT NULL,
      sums TEXT NOT NULL,
      cells TEXT NOT NULL,
      PRIMARY KEY (link_id, day)
    ) STRICT, WITHOUT ROWID;

    -- Links whose counts must be computed from their clicks.
    CREATE TABLE pending_recounts (
      link_id TEXT PRIMARY KEY REFERENCES links (id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    ${countExistingClicks}

    -- A user's links that are not removed, and the clicks on them.
    CREATE TABLE link_totals (
      owner_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      links INTEGER NOT NULL,
      clicks INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    ${countExistingLinks}

    CREATE TRIGGER links_count_inserted AFTER INSERT ON links WHEN NEW.removed_at IS NULL
    BEGIN
      INSERT INTO link_totals (owner_id, links, clicks) VALUES (NEW.owner_id, 1, NEW.click_count)
      ON CONFLICT (owner_id) DO UPDATE SET
        links = links + excluded.links, clicks = clicks + excluded.clicks;
    END;

    ${sqliteTotalsTrigger}

    CREATE TRIGGER links_count_deleted AFTER DELETE ON links WHEN OLD.removed_at IS NULL
    BEGIN
      UPDATE link_totals SET links = links - 1, clicks = clicks - OLD.click_count
      WHERE owner_id = OLD.owner_id;
    END;`,
  down: `
    DROP TRIGGER links_count_deleted;
    DROP TRIGGER links_count_updated;
    DROP TRIGGER links_count_inserted;
    DROP TABLE link_totals;
    DROP TABLE pending_recounts;
    DROP TABLE click_days;
    ${separateClicks}
    ALTER TABLE clicks DROP COLUMN count;
    ALTER TABLE links DROP COLUMN click_count;`,
}

export const postgresClickCounts: Migration = {
  version,
  name,
  up: `
    ALTER TABLE links ADD COLUMN click_count bigint NOT NULL DEFAULT 0;
    -- Clicks that were counted together have one row.
    ALTER TABLE clicks ADD COLUMN count integer NOT NULL DEFAULT 1;

    -- The clicks on a link in a day of UTC, so that no page reads single clicks.
    CREATE TABLE click_days (
      link_id text NOT NULL REFERENCES links (id) ON DELETE CASCADE,
      day text NOT NULL,
      clicks bigint NOT NULL,
      sums text NOT NULL,
      cells text NOT NULL,
      PRIMARY KEY (link_id, day)
    );

    -- Links whose counts must be computed from their clicks.
    CREATE TABLE pending_recounts (
      link_id text PRIMARY KEY REFERENCES links (id) ON DELETE CASCADE
    );
    ${countExistingClicks}

    -- A user's links that are not removed, and the clicks on them.
    CREATE TABLE link_totals (
      owner_id text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      links bigint NOT NULL,
      clicks bigint NOT NULL
    );
    ${countExistingLinks}

    -- Once per statement, and in the order of the users, so that concurrent statements do not deadlock. A user who is
    -- being deleted has no row any more.
    CREATE FUNCTION add_link_totals() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO link_totals AS totals (owner_id, links, clicks)
      SELECT owner_id, count(*), sum(click_count) FROM new_links
      WHERE removed_at IS NULL GROUP BY owner_id ORDER BY owner_id
      ON CONFLICT (owner_id) DO UPDATE SET
        links = totals.links + excluded.links, clicks = totals.clicks + excluded.clicks;
      RETURN NULL;
    END $$;

    CREATE FUNCTION ${postgresTotalsFunction}

    CREATE FUNCTION subtract_link_totals() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM 1 FROM link_totals WHERE owner_id IN (SELECT owner_id FROM old_links)
      ORDER BY owner_id FOR UPDATE;
      UPDATE link_totals AS totals
      SET links = totals.links - deleted.links, clicks = totals.clicks - deleted.clicks
      FROM (
        SELECT owner_id, count(*) AS links, sum(click_count) AS clicks FROM old_links
        WHERE removed_at IS NULL GROUP BY owner_id
      ) AS deleted WHERE deleted.owner_id = totals.owner_id;
      RETURN NULL;
    END $$;

    CREATE TRIGGER links_count_inserted AFTER INSERT ON links
    REFERENCING NEW TABLE AS new_links FOR EACH STATEMENT EXECUTE FUNCTION add_link_totals();
    CREATE TRIGGER links_count_updated AFTER UPDATE ON links
    REFERENCING NEW TABLE AS new_links OLD TABLE AS old_links
    FOR EACH STATEMENT EXECUTE FUNCTION change_link_totals();
    CREATE TRIGGER links_count_deleted AFTER DELETE ON links
    REFERENCING OLD TABLE AS old_links FOR EACH STATEMENT EXECUTE FUNCTION subtract_link_totals();`,
  down: `
    DROP TRIGGER links_count_deleted ON links;
    DROP TRIGGER links_count_updated ON links;
    DROP TRIGGER links_count_inserted ON links;
    DROP FUNCTION subtract_link_totals;
    DROP FUNCTION change_link_totals;
    DROP FUNCTION add_link_totals;
    DROP TABLE link_totals;
    DROP TABLE pending_recounts;
    DROP TABLE click_days;
    ${separateClicks}
    ALTER TABLE clicks DROP COLUMN count;
    ALTER TABLE links DROP COLUMN click_count;`,
}
