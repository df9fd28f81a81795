import type { Migration } from './migration.ts'

export const sqliteShortCodes: Migration = {
  version: 5,
  name: 'reserved short codes',
  up: `
    -- Every short code that was ever used. It outlives its link, so it is never assigned again.
    CREATE TABLE short_codes (
      short_code TEXT PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    INSERT INTO short_codes (short_code) SELECT short_code FROM links;

    -- A link with a used short code is not inserted.
    CREATE TRIGGER links_reserve_code BEFORE INSERT ON links
    BEGIN
      SELECT RAISE(IGNORE)
      WHERE EXISTS (SELECT 1 FROM short_codes WHERE short_code = NEW.short_code);
      INSERT INTO short_codes (short_code) VALUES (NEW.short_code);
    END;

    -- The user marks an invite as used: without this trigger, deleting the user would make it valid again.
    CREATE TRIGGER users_delete_used_invite AFTER DELETE ON users WHEN OLD.invite_id IS NOT NULL
    BEGIN DELETE FROM invites WHERE id = OLD.invite_id; END;`,
  down: `
    DROP TRIGGER users_delete_used_invite;
    DROP TRIGGER links_reserve_code;
    DROP TABLE short_codes;`,
}

export const postgresShortCodes: Migration = {
  version: 5,
  name: 'reserved short codes',
  up: `
    -- Every short code that was ever used. It outlives its link, so it is never assigned again.
    CREATE TABLE short_codes (
      short_code text PRIMARY KEY
    );
    INSERT INTO short_codes (short_code) SELECT short_code FROM links;

    -- A link with a used short code is not inserted. Of two concurrent inserts the second waits for the
    -- first at the primary key of this table, from which nothing is ever deleted.
    CREATE FUNCTION reserve_short_code() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO short_codes (short_code) VALUES (NEW.short_code) ON CONFLICT DO NOTHING;
      IF NOT FOUND THEN
        RETURN NULL;
      END IF;
      RETURN NEW;
    END $$;

    CREATE TRIGGER links_reserve_code BEFORE INSERT ON links
    FOR EACH ROW EXECUTE FUNCTION reserve_short_code();

    -- The user marks an invite as used: without this trigger, deleting the user would make it valid again.
    CREATE FUNCTION delete_used_invite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM invites WHERE id = OLD.invite_id;
      RETURN NULL;
    END $$;

    CREATE TRIGGER users_delete_used_invite AFTER DELETE ON users
    FOR EACH ROW WHEN (OLD.invite_id IS NOT NULL) EXECUTE FUNCTION delete_used_invite();`,
  down: `
    DROP TRIGGER users_delete_used_invite ON users;
    DROP FUNCTION delete_used_invite;
    DROP TRIGGER links_reserve_code ON links;
    DROP FUNCTION reserve_short_code;
    DROP TABLE short_codes;`,
}

const purgeAndExportIndexes: Migration = {
  version: 10,
  name: 'indexes for purges and exports',
  up: `
    -- A purge searches old rows among all failed attempts.
    CREATE INDEX attempts_last_attempt ON attempts (last_attempt_at);

    -- An export reads all links of a user in pages, including removed ones.
    DROP INDEX links_owner;
    CREATE INDEX links_owner ON links (owner_id, created_at, id);`,
  down: `
    DROP INDEX links_owner;
    CREATE INDEX links_owner ON links (owner_id);
    DROP INDEX attempts_last_attempt;`,
}

/** Migrations with the same SQL for both databases, in order, after those of each database. */
export const sharedMigrations: readonly Migration[] = [purgeAndExportIndexes]
