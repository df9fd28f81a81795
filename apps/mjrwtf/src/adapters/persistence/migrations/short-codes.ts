import type { Migration } from './migration.ts'

export const sqliteShortCodes: Migration = {
  version: 5,
  name: 'reserved short codes',
  up: `
    -- Every short code that a link ever had. It outlives the link, so nobody else is ever given it.
    CREATE TABLE short_codes (
      short_code TEXT PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    INSERT INTO short_codes (short_code) SELECT short_code FROM links;

    -- Whoever adds a link: with a code that was given away before, it is not added.
    CREATE TRIGGER links_reserve_code BEFORE INSERT ON links
    BEGIN
      SELECT RAISE(IGNORE)
      WHERE EXISTS (SELECT 1 FROM short_codes WHERE short_code = NEW.short_code);
      INSERT INTO short_codes (short_code) VALUES (NEW.short_code);
    END;

    -- That an invite was used is seen from the user it made: without the user it would be good again.
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
    -- Every short code that a link ever had. It outlives the link, so nobody else is ever given it.
    CREATE TABLE short_codes (
      short_code text PRIMARY KEY
    );
    INSERT INTO short_codes (short_code) SELECT short_code FROM links;

    -- Whoever adds a link: with a code that was given away before, it is not added. Of two at once the
    -- second waits for the first at the key of this table, from which nothing is ever removed.
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

    -- That an invite was used is seen from the user it made: without the user it would be good again.
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
