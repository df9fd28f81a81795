import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 18
const name = 'second factors'

const user = 'user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE'

function createFactors({ instant, bytes, integer, options }: ColumnTypes): string {
  return `
    ALTER TABLE users ADD COLUMN password_changed_at ${instant};
    -- Passkeys, authenticators and verified phones. Triggers of their tables count it.
    ALTER TABLE users ADD COLUMN second_factors INTEGER NOT NULL DEFAULT 0;

    -- The id is that of the credential: unique among all users.
    CREATE TABLE passkeys (
      id TEXT PRIMARY KEY,
      ${user},
      name TEXT NOT NULL,
      public_key ${bytes} NOT NULL,
      counter ${integer} NOT NULL,
      transports TEXT NOT NULL,
      can_sync INTEGER NOT NULL,
      is_synced INTEGER NOT NULL,
      can_verify_user INTEGER NOT NULL,
      aaguid TEXT NOT NULL,
      created_at ${instant} NOT NULL,
      last_used_at ${instant},
      suspended_at ${instant}
    ) ${options};
    CREATE INDEX passkeys_user ON passkeys (user_id, created_at, id);

    CREATE TABLE authenticators (
      id TEXT PRIMARY KEY,
      ${user},
      name TEXT NOT NULL,
      encrypted_key ${bytes} NOT NULL,
      -- Of the secret key that encrypted it.
      key_id TEXT NOT NULL,
      -- The latest time step whose code was used, so that each is accepted once.
      last_step ${integer} NOT NULL,
      created_at ${instant} NOT NULL,
      last_used_at ${instant}
    ) ${options};
    CREATE INDEX authenticators_user ON authenticators (user_id, created_at, id);
    CREATE INDEX authenticators_key ON authenticators (key_id, id);

    CREATE TABLE recovery_codes (
      code_hash TEXT PRIMARY KEY,
      ${user},
      created_at ${instant} NOT NULL,
      -- When the user confirmed that they were saved.
      saved_at ${instant},
      used_at ${instant}
    ) ${options};
    CREATE INDEX recovery_codes_user ON recovery_codes (user_id);

    -- Verified phone numbers: one for each user.
    CREATE TABLE phones (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
      number TEXT NOT NULL,
      created_at ${instant} NOT NULL,
      last_used_at ${instant}
    ) ${options};`
}

function createCodes({ instant, options }: ColumnTypes): string {
  return `
    -- One code for each purpose and what it is bound to: a new one replaces it.
    CREATE TABLE sms_codes (
      ${user},
      purpose TEXT NOT NULL,
      -- Id of the session or of the pending sign-in.
      bound_to TEXT NOT NULL,
      number TEXT NOT NULL,
      -- Keyed, because six digits can be guessed.
      code_hash TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      created_at ${instant} NOT NULL,
      expires_at ${instant} NOT NULL,
      used_at ${instant},
      PRIMARY KEY (user_id, purpose, bound_to)
    ) ${options};
    CREATE INDEX sms_codes_expiry ON sms_codes (expires_at);

    -- Browsers that skip the second step.
    CREATE TABLE trusted_browsers (
      id TEXT PRIMARY KEY,
      ${user},
      token_hash TEXT NOT NULL,
      ip_address TEXT,
      user_agent TEXT,
      created_at ${instant} NOT NULL,
      last_used_at ${instant} NOT NULL,
      expires_at ${instant} NOT NULL
    ) ${options};
    CREATE INDEX trusted_browsers_user ON trusted_browsers (user_id, created_at, id);
    CREATE INDEX trusted_browsers_expiry ON trusted_browsers (expires_at);

    -- WebAuthn challenges whose response was accepted, until they expire: each is accepted once.
    CREATE TABLE used_challenges (
      challenge_hash TEXT PRIMARY KEY,
      expires_at ${instant} NOT NULL
    ) ${options};
    CREATE INDEX used_challenges_expiry ON used_challenges (expires_at);

    -- Removals of all second factors of a user that an administrator has requested.
    CREATE TABLE factor_removals (
      user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      requested_by TEXT NOT NULL,
      requested_at ${instant} NOT NULL,
      due_at ${instant} NOT NULL,
      -- Of the links in the two emails. The second is absent until the reminder is sent.
      cancel_hash TEXT NOT NULL UNIQUE,
      reminder_cancel_hash TEXT UNIQUE
    ) ${options};
    CREATE INDEX factor_removals_due ON factor_removals (due_at);`
}

const dropTables = `
    DROP TABLE factor_removals;
    DROP TABLE used_challenges;
    DROP TABLE trusted_browsers;
    DROP TABLE sms_codes;
    DROP TABLE phones;
    DROP TABLE recovery_codes;
    DROP TABLE authenticators;
    DROP TABLE passkeys;
    ALTER TABLE users DROP COLUMN second_factors;
    ALTER TABLE users DROP COLUMN password_changed_at;`

const factorTables = ['passkeys', 'authenticators', 'phones'] as const

function countInSqlite(table: (typeof factorTables)[number]): string {
  const change = (by: string, row: string) =>
    `BEGIN UPDATE users SET second_factors = second_factors ${by} WHERE id = ${row}.user_id; END;`
  return `
    CREATE TRIGGER ${table}_count_added AFTER INSERT ON ${table} ${change('+ 1', 'NEW')}
    CREATE TRIGGER ${table}_count_removed AFTER DELETE ON ${table} ${change('- 1', 'OLD')}`
}

/** Trust in browsers ends with every change of the password or of what counts as a second factor. */
const endsTrust =
  'OLD.second_factors <> NEW.second_factors OR OLD.password_version <> NEW.password_version'

/** Keeps the new browser and the 19 others used last (`maxTrustedBrowsers`). */
const deleteExcessBrowsers = `
  DELETE FROM trusted_browsers WHERE user_id = NEW.user_id AND id <> NEW.id AND id NOT IN (
    SELECT id FROM trusted_browsers WHERE user_id = NEW.user_id AND id <> NEW.id
    ORDER BY last_used_at DESC, id LIMIT 19
  );`

const endTrust = 'DELETE FROM trusted_browsers WHERE user_id = NEW.id;'

export const sqliteSecondFactors: Migration = {
  version,
  name,
  up: `
    ${createFactors(sqliteTypes)}
    ${createCodes(sqliteTypes)}
    ${factorTables.map(countInSqlite).join('')}
    -- Not counted: a user whose passkey is suspended still needs a second step.
    CREATE TRIGGER passkeys_end_trust AFTER UPDATE OF suspended_at ON passkeys
    BEGIN DELETE FROM trusted_browsers WHERE user_id = NEW.user_id; END;
    CREATE TRIGGER users_end_trust AFTER UPDATE OF second_factors, password_version ON users
    WHEN ${endsTrust} BEGIN ${endTrust} END;
    CREATE TRIGGER trusted_browsers_limit AFTER INSERT ON trusted_browsers
    BEGIN ${deleteExcessBrowsers} END;`,
  down: `
    DROP TRIGGER users_end_trust;
    ${dropTables}`,
}

function countInPostgres(table: (typeof factorTables)[number]): string {
  return `
    CREATE TRIGGER ${table}_count AFTER INSERT OR DELETE ON ${table}
    FOR EACH ROW EXECUTE FUNCTION count_second_factors();`
}

export const postgresSecondFactors: Migration = {
  version,
  name,
  up: `
    ${createFactors(postgresTypes)}
    ${createCodes(postgresTypes)}

    CREATE FUNCTION count_second_factors() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        UPDATE users SET second_factors = second_factors + 1 WHERE id = NEW.user_id;
      ELSE
        UPDATE users SET second_factors = second_factors - 1 WHERE id = OLD.user_id;
      END IF;
      RETURN NULL;
    END $$;
    ${factorTables.map(countInPostgres).join('')}

    -- Not counted: a user whose passkey is suspended still needs a second step.
    CREATE FUNCTION end_trust_of_passkey() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM trusted_browsers WHERE user_id = NEW.user_id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER passkeys_end_trust AFTER UPDATE OF suspended_at ON passkeys
    FOR EACH ROW EXECUTE FUNCTION end_trust_of_passkey();

    CREATE FUNCTION end_trust_in_browsers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${endTrust}
      RETURN NULL;
    END $$;
    CREATE TRIGGER users_end_trust AFTER UPDATE OF second_factors, password_version ON users
    FOR EACH ROW WHEN (${endsTrust}) EXECUTE FUNCTION end_trust_in_browsers();
    CREATE FUNCTION limit_trusted_browsers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${deleteExcessBrowsers}
      RETURN NULL;
    END $$;
    CREATE TRIGGER trusted_browsers_limit AFTER INSERT ON trusted_browsers
    FOR EACH ROW EXECUTE FUNCTION limit_trusted_browsers();`,
  down: `
    DROP TRIGGER users_end_trust ON users;
    ${dropTables}
    DROP FUNCTION limit_trusted_browsers;
    DROP FUNCTION end_trust_in_browsers;
    DROP FUNCTION end_trust_of_passkey;
    DROP FUNCTION count_second_factors;`,
}
