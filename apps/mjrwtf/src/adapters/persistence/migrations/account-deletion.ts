import { postgresTotalsFunction, sqliteTotalsTrigger } from './click-counts.ts'
import type { Migration } from './migration.ts'

const version = 14
const name = 'deletion of accounts in short steps'

/**
 * Deleting a user deletes few rows by cascade. Links and security events can be many: they keep the id of the deleted
 * user until the app has deleted them. So triggers replace their foreign keys, and reject rows of unknown users as the
 * foreign keys did.
 */
export const sqliteAccountDeletion: Migration = {
  version,
  name,
  up: `
    -- Deleted users whose links and security events may still exist.
    CREATE TABLE deleted_users (
      id TEXT PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER users_record_deletion AFTER DELETE ON users
    BEGIN INSERT INTO deleted_users (id) VALUES (OLD.id); END;

    -- As https://sqlite.org/lang_altertable.html describes it for constraints, which are not part of the stored rows.
    PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = replace(sql,
      'owner_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE', 'owner_id TEXT NOT NULL')
    WHERE type = 'table' AND name = 'links';
    UPDATE sqlite_schema SET sql = replace(sql,
      'user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE', 'user_id TEXT NOT NULL')
    WHERE type = 'table' AND name = 'security_events';
    PRAGMA writable_schema = RESET;

    CREATE TRIGGER links_require_owner BEFORE INSERT ON links
    WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id)
    BEGIN SELECT RAISE(ABORT, 'the owner of the link does not exist'); END;
    CREATE TRIGGER links_require_new_owner BEFORE UPDATE OF owner_id ON links
    WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id)
    BEGIN SELECT RAISE(ABORT, 'the owner of the link does not exist'); END;
    CREATE TRIGGER security_events_require_user BEFORE INSERT ON security_events
    WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id)
    BEGIN SELECT RAISE(ABORT, 'the user of the event does not exist'); END;

    -- As before, but a deleted user gets no totals.
    DROP TRIGGER links_count_updated;
    CREATE TRIGGER links_count_updated AFTER UPDATE OF removed_at, click_count, owner_id ON links
    BEGIN
      UPDATE link_totals SET links = links - 1, clicks = clicks - OLD.click_count
      WHERE owner_id = OLD.owner_id AND OLD.removed_at IS NULL;
      INSERT INTO link_totals (owner_id, links, clicks)
      SELECT NEW.owner_id, 1, NEW.click_count
      WHERE NEW.removed_at IS NULL AND EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id)
      ON CONFLICT (owner_id) DO UPDATE SET
        links = links + excluded.links, clicks = clicks + excluded.clicks;
    END;`,
  down: `
    DROP TRIGGER links_count_updated;
    ${sqliteTotalsTrigger}
    DROP TRIGGER security_events_require_user;
    DROP TRIGGER links_require_new_owner;
    DROP TRIGGER links_require_owner;
    DELETE FROM links WHERE owner_id IN (SELECT id FROM deleted_users);
    DELETE FROM security_events WHERE user_id IN (SELECT id FROM deleted_users);
    PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = replace(sql,
      'owner_id TEXT NOT NULL', 'owner_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE')
    WHERE type = 'table' AND name = 'links';
    UPDATE sqlite_schema SET sql = replace(sql,
      'user_id TEXT NOT NULL', 'user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE')
    WHERE type = 'table' AND name = 'security_events';
    PRAGMA writable_schema = RESET;
    DROP TRIGGER users_record_deletion;
    DROP TABLE deleted_users;`,
}

export const postgresAccountDeletion: Migration = {
  version,
  name,
  up: `
    -- Deleted users whose links and security events may still exist.
    CREATE TABLE deleted_users (
      id text PRIMARY KEY
    );
    CREATE FUNCTION record_deleted_user() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO deleted_users (id) VALUES (OLD.id);
      RETURN NULL;
    END $$;
    CREATE TRIGGER users_record_deletion AFTER DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION record_deleted_user();

    ALTER TABLE links DROP CONSTRAINT links_owner_id_fkey;
    ALTER TABLE security_events DROP CONSTRAINT security_events_user_id_fkey;

    -- Locks the user as a foreign key does: a concurrent deletion waits for the new row, or the row for the deletion.
    CREATE FUNCTION require_user(id text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM FROM users WHERE users.id = require_user.id FOR KEY SHARE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'the user does not exist' USING ERRCODE = 'foreign_key_violation';
      END IF;
    END $$;
    CREATE FUNCTION require_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM require_user(NEW.owner_id);
      RETURN NEW;
    END $$;
    CREATE FUNCTION require_event_user() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM require_user(NEW.user_id);
      RETURN NEW;
    END $$;
    CREATE TRIGGER links_require_owner BEFORE INSERT OR UPDATE OF owner_id ON links
    FOR EACH ROW EXECUTE FUNCTION require_owner();
    CREATE TRIGGER security_events_require_user BEFORE INSERT ON security_events
    FOR EACH ROW EXECUTE FUNCTION require_event_user();

    -- As before, but a deleted user gets no totals. A statement after the lock sees whether the user was deleted.
    CREATE OR REPLACE FUNCTION change_link_totals() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM FROM users
      WHERE id IN (SELECT owner_id FROM new_links UNION SELECT owner_id FROM old_links)
      ORDER BY id FOR KEY SHARE;
      INSERT INTO link_totals AS totals (owner_id, links, clicks)
      SELECT owner_id, sum(links), sum(clicks) FROM (
        SELECT owner_id, 1 AS links, click_count AS clicks FROM new_links WHERE removed_at IS NULL
        UNION ALL
        SELECT owner_id, -1, -click_count FROM old_links WHERE removed_at IS NULL
      ) AS changes WHERE owner_id IN (SELECT id FROM users)
      GROUP BY owner_id HAVING sum(links) <> 0 OR sum(clicks) <> 0 ORDER BY owner_id
      ON CONFLICT (owner_id) DO UPDATE SET
        links = totals.links + excluded.links, clicks = totals.clicks + excluded.clicks;
      RETURN NULL;
    END $$;`,
  down: `
    CREATE OR REPLACE FUNCTION ${postgresTotalsFunction}
    DROP TRIGGER security_events_require_user ON security_events;
    DROP TRIGGER links_require_owner ON links;
    DROP FUNCTION require_event_user;
    DROP FUNCTION require_owner;
    DROP FUNCTION require_user;
    DELETE FROM links WHERE owner_id IN (SELECT id FROM deleted_users);
    DELETE FROM security_events WHERE user_id IN (SELECT id FROM deleted_users);
    ALTER TABLE security_events ADD CONSTRAINT security_events_user_id_fkey
      FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    ALTER TABLE links ADD CONSTRAINT links_owner_id_fkey
      FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
    DROP TRIGGER users_record_deletion ON users;
    DROP FUNCTION record_deleted_user;
    DROP TABLE deleted_users;`,
}
