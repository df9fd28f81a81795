// Loads the entries for frameworks and databases; the smoke test also compiles this file.
import assert from 'node:assert/strict'
import { createHonoSessions } from 'coatcheck/hono'
import { createWebSessions } from 'coatcheck/http'
import { createMetrics } from 'coatcheck/metrics'
import { createNodeSessions } from 'coatcheck/node'
import { createPostgresSessionStore } from 'coatcheck/postgres'
import { createWebSecurity } from 'coatcheck/web-security'

for (const create of [
  createHonoSessions,
  createWebSessions,
  createMetrics,
  createNodeSessions,
  createPostgresSessionStore,
  createWebSecurity,
]) {
  assert.equal(typeof create, 'function')
}
console.log('✓ hono, http, metrics, node, postgres, web-security: load')
