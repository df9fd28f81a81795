import type { TableNames } from '../tables/table-names.ts'

/** The triggers that record changes, without the prefix. */
export const changeTriggers = ['session_changed', 'session_deleted', 'session_replaced']

/** The same for grants, whose changes are in the same table. */
export const grantTriggers = [
  'session_grant_changed',
  'session_grant_deleted',
  'session_grant_replaced',
]

/** Maximum number of rows in the table of changes. */
const maxChangeRows = 1_000

/** Numbers only increase, because the newest row is never deleted. */
function recordChange({ changes }: TableNames, id: string): string {
  return `
  INSERT INTO ${changes} (session_id) VALUES (${id});
  DELETE FROM ${changes}
  WHERE number <= (SELECT max(number) FROM ${changes}) - ${maxChangeRows};`
}

/** The columns of a session before those of later steps, except last_activity_at. */
const oldChangeColumns = `
        id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
        created_at, expires_at, idle_timeout_ms, authenticated_at, remembered, ip_address, user_agent,
        csrf_secret, data, data_version, ended_at, end_reason, ended_by`

/** Every column except last_activity_at: activity only extends a session, and is too frequent. */
const changeColumns = `${oldChangeColumns}, methods`

/** Returns the SQL that creates the trigger for changes of all columns. */
export function createChangedTrigger(names: TableNames): string {
  return changedTrigger(names, changeColumns)
}

/** Returns the SQL that creates it without the columns of later steps. */
export function createOldChangedTrigger(names: TableNames): string {
  return changedTrigger(names, oldChangeColumns)
}

function changedTrigger(names: TableNames, columns: string): string {
  return `CREATE TRIGGER ${names.local('session_changed')} AFTER UPDATE OF ${columns}
        ON ${names.sessions} BEGIN ${recordChange(names, 'OLD.id')} END;`
}

/** Returns the SQL that creates the triggers of the second step. They record every change: by the store, by deleting a user in the app, and by direct SQL. */
export function createChangeTriggers(names: TableNames): string {
  const { sessions, local } = names
  return `
      ${createOldChangedTrigger(names)}
      CREATE TRIGGER ${local('session_deleted')} AFTER DELETE ON ${sessions}
        WHEN OLD.ended_at IS NULL BEGIN ${recordChange(names, 'OLD.id')} END;
      -- INSERT OR REPLACE fires no other trigger.
      CREATE TRIGGER ${local('session_replaced')} BEFORE INSERT ON ${sessions}
        WHEN EXISTS (SELECT 1 FROM ${sessions} WHERE id = NEW.id)
        BEGIN ${recordChange(names, 'NEW.id')} END;`
}

/** Returns the SQL that creates the triggers of grants. A refresh is a change too. */
export function createGrantTriggers(names: TableNames): string {
  const { grants, local } = names
  return `
      CREATE TRIGGER ${local('session_grant_changed')} AFTER UPDATE ON ${grants}
        BEGIN ${recordChange(names, 'OLD.id')} END;
      CREATE TRIGGER ${local('session_grant_deleted')} AFTER DELETE ON ${grants}
        WHEN OLD.ended_at IS NULL BEGIN ${recordChange(names, 'OLD.id')} END;
      -- INSERT OR REPLACE fires no other trigger.
      CREATE TRIGGER ${local('session_grant_replaced')} BEFORE INSERT ON ${grants}
        WHEN EXISTS (SELECT 1 FROM ${grants} WHERE id = NEW.id)
        BEGIN ${recordChange(names, 'NEW.id')} END;`
}
