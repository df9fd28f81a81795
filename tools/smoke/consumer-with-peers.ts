// The entries for one framework or database each: they load, and their types stand on their own.
import assert from 'node:assert/strict'
import { createHonoSessions } from 'coatcheck/hono'
import { createWebSessions } from 'coatcheck/http'
import { createPostgresSessionStore } from 'coatcheck/postgres'

for (const create of [createHonoSessions, createWebSessions, createPostgresSessionStore]) {
  assert.equal(typeof create, 'function')
}
console.log('✓ hono, http, postgres: load')
