import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 21
const name = 'hash chain of security events'

/** Columns and tables. Rows of an earlier release have no position until the program adds them to the chain. */
function tables({ instant, integer, options }: ColumnTypes): string {
  return `
    -- Null until the event is part of the chain, also for events that an earlier release still writes.
    ALTER TABLE security_events ADD COLUMN chain_position ${integer};
    ALTER TABLE security_events ADD COLUMN chain_hash TEXT;
    -- Not unique: a row that direct SQL inserts at the next position must not prevent the next event. Verification finds it.
    CREATE INDEX security_events_chain ON security_events (chain_position);

    -- Entries of the chain other than events.
    -- The position alone is not unique, as above.
    CREATE TABLE security_event_records (
      position ${integer} NOT NULL,
      kind TEXT NOT NULL,
      content TEXT NOT NULL,
      hash TEXT NOT NULL,
      PRIMARY KEY (position, hash)
    ) ${options};

    -- The entries after the start, up to the head, are the chain. Its signature is empty until the first entry.
    CREATE TABLE security_event_chain (
      singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
      start_position ${integer} NOT NULL,
      start_hash TEXT NOT NULL,
      position ${integer} NOT NULL,
      hash TEXT NOT NULL,
      adopts_until ${instant} NOT NULL,
      signing_key TEXT NOT NULL,
      signature TEXT NOT NULL
    ) ${options};`
}

export const sqliteSecurityChain: Migration = {
  version,
  name,
  up: `
    ${tables(sqliteTypes)}
    INSERT INTO security_event_chain VALUES (1, 0, '', 0, '', 0, '', '');

    -- Only an event without a place gets one, and nothing else of it changes.
    DROP TRIGGER security_events_not_updated;
    CREATE TRIGGER security_events_not_updated BEFORE UPDATE ON security_events
    WHEN NOT (OLD.chain_position IS NULL AND NEW.chain_position IS NOT NULL
      AND NEW.id IS OLD.id AND NEW.user_id IS OLD.user_id AND NEW.at IS OLD.at
      AND NEW.kind IS OLD.kind AND NEW.outcome IS OLD.outcome AND NEW.session_id IS OLD.session_id
      AND NEW.ip_address IS OLD.ip_address AND NEW.user_agent IS OLD.user_agent
      AND NEW.detail IS OLD.detail)
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;

    -- As before, and the chain must have recorded it first.
    DROP TRIGGER security_events_not_deleted;
    CREATE TRIGGER security_events_not_deleted BEFORE DELETE ON security_events
    WHEN (EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
      AND OLD.at >= coalesce((SELECT min(retained_from) FROM security_event_retention), 0))
      OR (OLD.chain_position > coalesce((SELECT min(start_position) FROM security_event_chain), 0)
        AND NOT EXISTS (SELECT 1 FROM security_event_records
          WHERE position = OLD.chain_position AND kind = 'erased'))
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;

    CREATE TRIGGER security_event_records_not_updated BEFORE UPDATE ON security_event_records
    BEGIN SELECT RAISE(ABORT, 'security_event_records is append-only'); END;
    CREATE TRIGGER security_event_records_not_deleted BEFORE DELETE ON security_event_records
    WHEN OLD.position > coalesce((SELECT min(start_position) FROM security_event_chain), 0)
    BEGIN SELECT RAISE(ABORT, 'security_event_records is append-only'); END;
    CREATE TRIGGER security_event_records_not_replaced BEFORE INSERT ON security_event_records
    WHEN EXISTS (SELECT 1 FROM security_event_records
      WHERE position = NEW.position AND hash = NEW.hash)
    BEGIN SELECT RAISE(ABORT, 'security_event_records is append-only'); END;`,
  down: `
    DROP TABLE security_event_records;
    DROP TRIGGER security_events_not_deleted;
    DROP TRIGGER security_events_not_updated;
    DROP TABLE security_event_chain;
    DROP INDEX security_events_chain;
    ALTER TABLE security_events DROP COLUMN chain_hash;
    ALTER TABLE security_events DROP COLUMN chain_position;
    CREATE TRIGGER security_events_not_updated BEFORE UPDATE ON security_events
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;
    CREATE TRIGGER security_events_not_deleted BEFORE DELETE ON security_events
    WHEN EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
      AND OLD.at >= coalesce((SELECT min(retained_from) FROM security_event_retention), 0)
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;`,
}

export const postgresSecurityChain: Migration = {
  version,
  name,
  up: `
    ${tables(postgresTypes)}
    INSERT INTO security_event_chain VALUES (1, 0, '', 0, '', to_timestamp(0), '', '');

    -- Only an event without a place gets one, and nothing else of it changes.
    CREATE OR REPLACE FUNCTION reject_security_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'security_events' THEN
        IF OLD.chain_position IS NULL AND NEW.chain_position IS NOT NULL
          AND to_jsonb(NEW) - 'chain_position' - 'chain_hash'
            = to_jsonb(OLD) - 'chain_position' - 'chain_hash' THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END $$;

    CREATE OR REPLACE FUNCTION reject_early_security_event_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- The chain must have recorded it first.
      IF OLD.chain_position > coalesce((SELECT min(start_position) FROM security_event_chain), 0)
        AND NOT EXISTS (SELECT FROM security_event_records
          WHERE position = OLD.chain_position AND kind = 'erased') THEN
        RAISE EXCEPTION 'security_events is append-only';
      END IF;
      IF OLD.at < (SELECT min(retained_from) FROM security_event_retention)
        OR NOT EXISTS (SELECT FROM users WHERE id = OLD.user_id) THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'security_events is append-only';
    END $$;

    CREATE FUNCTION reject_security_record_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.position <= (SELECT min(start_position) FROM security_event_chain) THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'security_event_records is append-only';
    END $$;
    CREATE TRIGGER security_event_records_not_updated BEFORE UPDATE ON security_event_records
    FOR EACH ROW EXECUTE FUNCTION reject_security_event_change();
    CREATE TRIGGER security_event_records_not_truncated BEFORE TRUNCATE ON security_event_records
    FOR EACH STATEMENT EXECUTE FUNCTION reject_security_event_change();
    CREATE TRIGGER security_event_records_not_deleted BEFORE DELETE ON security_event_records
    FOR EACH ROW EXECUTE FUNCTION reject_security_record_delete();`,
  down: `
    DROP TABLE security_event_records;
    DROP FUNCTION reject_security_record_delete;
    DROP TABLE security_event_chain;
    ALTER TABLE security_events DROP COLUMN chain_hash;
    ALTER TABLE security_events DROP COLUMN chain_position;
    CREATE OR REPLACE FUNCTION reject_security_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'security_events is append-only';
    END $$;
    CREATE OR REPLACE FUNCTION reject_early_security_event_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- In a cascade the user has already been deleted.
      IF OLD.at < (SELECT min(retained_from) FROM security_event_retention)
        OR NOT EXISTS (SELECT FROM users WHERE id = OLD.user_id) THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'security_events is append-only';
    END $$;`,
}
