import { readFileSync } from 'node:fs'
import type { DatabaseLocation } from '../../src/adapters/persistence/persistence.ts'
import { databaseLocation } from '../../src/config/database-location.ts'
import type { DatabaseKind, Storage } from './storage.ts'

/** The schema versions of all releases, oldest first (test/fixtures/README.md). */
export const releases = [19] as const

export function locationOf({ url }: Storage): DatabaseLocation {
  const location = databaseLocation(url)
  if (location === null) throw new Error('The storage has a URL that the app does not accept.')
  return location
}

/** What the user of a release's database had: the password, a session cookie, and a link that was opened. */
export function releaseFacts(schema: number, kind: DatabaseKind) {
  const file = new URL(`../fixtures/schema-${schema}.json`, import.meta.url)
  const facts = JSON.parse(readFileSync(file, 'utf8'))
  const { short_code: shortCode, session } = facts[kind]
  return {
    email: String(facts.email),
    password: String(facts.password),
    usedAt: Date.parse(facts.used_at),
    shortCode: String(shortCode),
    session: String(session),
  }
}
