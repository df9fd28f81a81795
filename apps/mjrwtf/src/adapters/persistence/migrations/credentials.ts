import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 19
const name = 'external identities, tokens and client applications'

const user = 'user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE'

function createIdentities({ instant, options }: ColumnTypes): string {
  return `
    -- Accounts at external providers that sign a user in. Emails are shown, and never identify.
    CREATE TABLE identities (
      id TEXT PRIMARY KEY,
      ${user},
      provider TEXT NOT NULL,
      issuer TEXT NOT NULL,
      subject TEXT NOT NULL,
      email TEXT,
      created_at ${instant} NOT NULL,
      last_used_at ${instant},
      UNIQUE (issuer, subject)
    ) ${options};
    CREATE INDEX identities_user ON identities (user_id, created_at, id);

    -- States of callbacks that were accepted, until they expire: each is accepted once.
    CREATE TABLE used_states (
      state_hash TEXT PRIMARY KEY,
      expires_at ${instant} NOT NULL
    ) ${options};
    CREATE INDEX used_states_expiry ON used_states (expires_at);

    -- The sessions that started at a provider, to end them when it reports a logout.
    CREATE TABLE provider_sessions (
      session_id TEXT PRIMARY KEY,
      ${user},
      issuer TEXT NOT NULL,
      subject TEXT NOT NULL,
      -- The session at the provider, if it named one.
      sid TEXT,
      expires_at ${instant} NOT NULL
    ) ${options};
    CREATE INDEX provider_sessions_sid ON provider_sessions (issuer, sid);
    CREATE INDEX provider_sessions_subject ON provider_sessions (issuer, subject);
    CREATE INDEX provider_sessions_user ON provider_sessions (user_id, expires_at, session_id);
    CREATE INDEX provider_sessions_expiry ON provider_sessions (expires_at);

    -- Logouts that providers have reported: each token is accepted once, and a sign-in in progress must not outlive one.
    CREATE TABLE provider_logouts (
      -- Digest of issuer and jti.
      token_key TEXT PRIMARY KEY,
      issuer TEXT NOT NULL,
      -- One of the two is null at most.
      subject TEXT,
      sid TEXT,
      received_at ${instant} NOT NULL,
      -- 1 when its sessions have ended. Until then the provider may repeat the token.
      is_completed INTEGER NOT NULL,
      expires_at ${instant} NOT NULL
    ) ${options};
    CREATE INDEX provider_logouts_sid ON provider_logouts (issuer, sid);
    CREATE INDEX provider_logouts_subject ON provider_logouts (issuer, subject);
    CREATE INDEX provider_logouts_expiry ON provider_logouts (expires_at);`
}

function createTokens({ instant, integer, options }: ColumnTypes): string {
  return `
    CREATE TABLE personal_access_tokens (
      id TEXT PRIMARY KEY,
      ${user},
      name TEXT NOT NULL,
      token_hash TEXT NOT NULL UNIQUE,
      -- Separated by spaces.
      scopes TEXT NOT NULL,
      -- CIDR ranges separated by spaces; empty for all.
      networks TEXT NOT NULL,
      created_at ${instant} NOT NULL,
      expires_at ${instant} NOT NULL,
      last_used_at ${instant},
      last_used_ip TEXT,
      reminded_at ${instant}
    ) ${options};
    CREATE INDEX personal_access_tokens_user ON personal_access_tokens (user_id, created_at, id);
    CREATE INDEX personal_access_tokens_expiry ON personal_access_tokens (expires_at);

    -- Uses of the shared tokens of the old service: one row for each token and client.
    CREATE TABLE shared_token_uses (
      -- Digest of the token, shortened: it names the token and does not reveal it.
      token_key TEXT NOT NULL,
      client TEXT NOT NULL,
      uses ${integer} NOT NULL,
      first_used_at ${instant} NOT NULL,
      last_used_at ${instant} NOT NULL,
      PRIMARY KEY (token_key, client)
    ) ${options};
    CREATE INDEX shared_token_uses_last ON shared_token_uses (last_used_at);

    -- Since when the shared tokens are deprecated: at most one row.
    CREATE TABLE shared_token_deprecation (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      since ${instant} NOT NULL
    ) ${options};`
}

function createClients({ instant, integer, options }: ColumnTypes): string {
  return `
    -- Client applications that an administrator has registered.
    CREATE TABLE client_applications (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      -- 'public' or 'confidential'.
      kind TEXT NOT NULL,
      secret_hash TEXT,
      -- JSON array.
      redirect_uris TEXT NOT NULL,
      -- Separated by spaces.
      scopes TEXT NOT NULL,
      website TEXT,
      allows_device_flow INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      created_at ${instant} NOT NULL
    ) ${options};
    CREATE INDEX client_applications_created ON client_applications (created_at, id);

    CREATE TABLE authorization_codes (
      code_hash TEXT PRIMARY KEY,
      client_id TEXT NOT NULL REFERENCES client_applications (id) ON DELETE CASCADE,
      ${user},
      -- The session and the client of the consent.
      session_id TEXT NOT NULL,
      ip_address TEXT,
      user_agent TEXT,
      redirect_uri TEXT NOT NULL,
      code_challenge TEXT NOT NULL,
      scopes TEXT NOT NULL,
      authenticated_at ${instant} NOT NULL,
      created_at ${instant} NOT NULL,
      expires_at ${instant} NOT NULL,
      used_at ${instant},
      -- Set when the use has led to a grant, so that a second use ends it.
      grant_id TEXT,
      -- Set by a second use, so that a first one that is in progress leads to no grant.
      reused_at ${instant}
    ) ${options};
    CREATE INDEX authorization_codes_user ON authorization_codes (user_id);
    CREATE INDEX authorization_codes_client ON authorization_codes (client_id);
    CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

    CREATE TABLE device_authorizations (
      -- Names it in the forms of the page. Not a secret.
      id TEXT PRIMARY KEY,
      device_code_hash TEXT NOT NULL UNIQUE,
      -- Keyed, because eight characters can be guessed.
      user_code_hash TEXT NOT NULL UNIQUE,
      client_id TEXT NOT NULL REFERENCES client_applications (id) ON DELETE CASCADE,
      scopes TEXT NOT NULL,
      -- Where the request came from, for the consent page.
      ip_address TEXT,
      user_agent TEXT,
      created_at ${instant} NOT NULL,
      expires_at ${instant} NOT NULL,
      interval_ms ${integer} NOT NULL,
      last_polled_at ${instant},
      -- 1 if the last poll came before the interval had passed.
      polled_early INTEGER NOT NULL,
      -- 'pending', 'approved', 'denied' or 'used'.
      status TEXT NOT NULL,
      user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
      decided_at ${instant},
      authenticated_at ${instant},
      -- Of the user at the decision: a later change of the password makes it void.
      password_version INTEGER
    ) ${options};
    CREATE INDEX device_authorizations_user ON device_authorizations (user_id);
    CREATE INDEX device_authorizations_client ON device_authorizations (client_id);
    CREATE INDEX device_authorizations_expiry ON device_authorizations (expires_at);`
}

function createTables(types: ColumnTypes): string {
  return [createIdentities(types), createTokens(types), createClients(types)].join('')
}

const dropTables = `
    DROP TABLE device_authorizations;
    DROP TABLE authorization_codes;
    DROP TABLE client_applications;
    DROP TABLE shared_token_deprecation;
    DROP TABLE shared_token_uses;
    DROP TABLE personal_access_tokens;
    DROP TABLE provider_logouts;
    DROP TABLE provider_sessions;
    DROP TABLE used_states;
    DROP TABLE identities;`

/** A reset means that others may know the password, and with it they could have created tokens. A change does not. */
const isReset = 'OLD.password_resets <> NEW.password_resets'
const deleteTokens = 'DELETE FROM personal_access_tokens WHERE user_id = NEW.id;'

/**
 * Someone else may have created the account with that email and linked an identity, to sign in with after its owner has
 * reset the password. The reset shows who owns it.
 */
const isFirstVerification = `${isReset} AND OLD.email_verified_at IS NULL`
const deleteIdentities = 'DELETE FROM identities WHERE user_id = NEW.id;'

/** Those that expire last, as many as a user can have sessions: most of the others have ended. */
const maxProviderSessions = 1_000

/** `all`: the limit that is none, which the databases write differently. */
function deleteExcessSessions(all: string): string {
  return `
    DELETE FROM provider_sessions WHERE session_id IN (
      SELECT session_id FROM provider_sessions WHERE user_id = NEW.user_id
      ORDER BY expires_at DESC, session_id DESC LIMIT ${all} OFFSET ${maxProviderSessions}
    );`
}

export const sqliteCredentials: Migration = {
  version,
  name,
  up: `
    ${createTables(sqliteTypes)}
    CREATE TRIGGER users_reset_tokens AFTER UPDATE OF password_resets ON users
    WHEN ${isReset} BEGIN ${deleteTokens} END;
    CREATE TRIGGER users_reset_identities AFTER UPDATE OF password_resets ON users
    WHEN ${isFirstVerification} BEGIN ${deleteIdentities} END;
    CREATE TRIGGER provider_sessions_limit AFTER INSERT ON provider_sessions
    BEGIN ${deleteExcessSessions('-1')} END;`,
  down: `
    DROP TRIGGER users_reset_identities;
    DROP TRIGGER users_reset_tokens;
    ${dropTables}`,
}

export const postgresCredentials: Migration = {
  version,
  name,
  up: `
    ${createTables(postgresTypes)}
    CREATE FUNCTION delete_personal_access_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${deleteTokens}
      RETURN NULL;
    END $$;
    CREATE TRIGGER users_reset_tokens AFTER UPDATE OF password_resets ON users
    FOR EACH ROW WHEN (${isReset}) EXECUTE FUNCTION delete_personal_access_tokens();
    CREATE FUNCTION delete_unverified_identities() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${deleteIdentities}
      RETURN NULL;
    END $$;
    CREATE TRIGGER users_reset_identities AFTER UPDATE OF password_resets ON users
    FOR EACH ROW WHEN (${isFirstVerification}) EXECUTE FUNCTION delete_unverified_identities();
    CREATE FUNCTION limit_provider_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${deleteExcessSessions('ALL')}
      RETURN NULL;
    END $$;
    CREATE TRIGGER provider_sessions_limit AFTER INSERT ON provider_sessions
    FOR EACH ROW EXECUTE FUNCTION limit_provider_sessions();`,
  down: `
    DROP TRIGGER users_reset_identities ON users;
    DROP TRIGGER users_reset_tokens ON users;
    ${dropTables}
    DROP FUNCTION delete_personal_access_tokens;
    DROP FUNCTION delete_unverified_identities;
    DROP FUNCTION limit_provider_sessions;`,
}
