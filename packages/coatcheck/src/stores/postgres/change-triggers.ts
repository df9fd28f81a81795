import type { TableNames } from '../tables/table-names.ts'

/** The triggers that notify of changes, without the prefix. */
export const changeTriggers = ['coatcheck_changed', 'coatcheck_deleted', 'coatcheck_truncated']

/** The same for grants. */
export const grantTriggers = [
  'coatcheck_grant_changed',
  'coatcheck_grant_deleted',
  'coatcheck_grants_truncated',
]

/**
 * The NOTIFY channel of a set of tables ends with the object id of its table of sessions: a name could be
 * too long, and depends on the `search_path`. The payload is the id of the session or grant, or empty for all.
 */
export const changeChannelPrefix = 'coatcheck_sessions_'

/** The columns of a session before those of later steps, except last_activity_at. */
export const oldChangeColumns = `
        id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
        created_at, expires_at, idle_timeout, authenticated_at, remembered, ip_address, user_agent,
        csrf_secret, data, data_version, ended_at, end_reason, ended_by`

/** Every column except last_activity_at: activity only extends a session, and is too frequent. */
const changeColumns = `${oldChangeColumns}, methods`

/** Returns the SQL that creates the trigger for changes of these columns, by default of all. */
export function createChangedTrigger(names: TableNames, columns = changeColumns): string {
  return createTrigger(
    names,
    'coatcheck_changed',
    `UPDATE OF ${columns}
        ON ${names.sessions} FOR EACH ROW`,
  )
}

function createTrigger(names: TableNames, trigger: string, events: string): string {
  const notify = names.qualified('coatcheck_notify')
  return `CREATE TRIGGER ${names.local(trigger)} AFTER ${events} EXECUTE FUNCTION ${notify}();`
}

/**
 * Returns the SQL that creates the triggers and their function. They notify of every change: by the store,
 * by deleting a user in the app, and by direct SQL.
 */
export function createChangeTriggers(names: TableNames, columns = changeColumns): string {
  const notify = names.qualified('coatcheck_notify')
  return `
      CREATE FUNCTION ${notify}() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
          channel text := '${changeChannelPrefix}' || coalesce(pg_partition_root(TG_RELID), TG_RELID)::oid;
        BEGIN
          IF TG_OP = 'TRUNCATE' THEN
            PERFORM pg_notify(channel, '');
          ELSE
            PERFORM pg_notify(channel, OLD.id);
          END IF;
          RETURN NULL;
        END
      $body$;
      ${createChangedTrigger(names, columns)}
      ${createTrigger(names, 'coatcheck_deleted', `DELETE ON ${names.sessions} FOR EACH ROW WHEN (OLD.ended_at IS NULL)`)}
      ${createTrigger(names, 'coatcheck_truncated', `TRUNCATE ON ${names.sessions} FOR EACH STATEMENT`)}`
}

export function dropChangeTriggers(names: TableNames): string {
  const triggers = changeTriggers.map(
    (name) => `DROP TRIGGER IF EXISTS ${names.local(name)} ON ${names.sessions};`,
  )
  return `${triggers.join(' ')} DROP FUNCTION ${names.qualified('coatcheck_notify')}();`
}

/**
 * Returns the SQL that creates the triggers of grants, and their function. They notify on the channel of the
 * table of sessions, which is in the same schema: whatever the `search_path` and the privileges of the role are.
 */
export function createGrantTriggers(names: TableNames): string {
  const notify = names.qualified('coatcheck_notify_grant')
  const trigger = (name: string, events: string) =>
    `CREATE TRIGGER ${names.local(name)} AFTER ${events} EXECUTE FUNCTION ${notify}();`
  return `
      CREATE FUNCTION ${notify}() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
          channel text := '${changeChannelPrefix}' || (
            SELECT sessions.oid FROM pg_catalog.pg_class AS sessions
            JOIN pg_catalog.pg_class AS grants ON grants.relnamespace = sessions.relnamespace
            WHERE sessions.relname = '${names.prefix}sessions'
              AND grants.oid = coalesce(pg_partition_root(TG_RELID), TG_RELID)
          );
        BEGIN
          IF TG_OP = 'TRUNCATE' THEN
            PERFORM pg_notify(channel, '');
          ELSE
            PERFORM pg_notify(channel, OLD.id);
          END IF;
          RETURN NULL;
        END
      $body$;
      ${trigger('coatcheck_grant_changed', `UPDATE ON ${names.grants} FOR EACH ROW`)}
      ${trigger('coatcheck_grant_deleted', `DELETE ON ${names.grants} FOR EACH ROW WHEN (OLD.ended_at IS NULL)`)}
      ${trigger('coatcheck_grants_truncated', `TRUNCATE ON ${names.grants} FOR EACH STATEMENT`)}`
}
