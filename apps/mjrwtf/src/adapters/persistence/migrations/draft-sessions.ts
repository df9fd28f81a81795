import type { Migration } from './migration.ts'

/** The same SQL for both databases. */
export const draftSessions: Migration = {
  version: 16,
  name: 'sessions of drafts',
  up: `
    -- The session for which the form was rendered; empty for drafts of earlier releases.
    ALTER TABLE drafts ADD COLUMN session_id TEXT NOT NULL DEFAULT '';`,
  down: 'ALTER TABLE drafts DROP COLUMN session_id;',
}
