// Loads every entry with `require`, without flags, and signs in, as an application in CommonJS does.
const assert = require('node:assert/strict')
const { createSessions } = require('coatcheck')
const { createMemorySessionStore } = require('coatcheck/memory')
const manifest = require('coatcheck/package.json')

async function main() {
  const entries = Object.keys(manifest.exports).map((path) => `coatcheck${path.slice(1)}`)
  for (const entry of entries) assert.notEqual(Object.keys(require(entry)).length, 0, entry)

  const sessions = createSessions({ store: createMemorySessionStore(), data: { initial: {} } })
  const { token } = await sessions.signIn({ userId: 'ada' })
  assert.equal((await sessions.verify(token)).status, 'active')
  await sessions.close()
  console.log(`  ✓ CommonJS: required ${entries.length} entries, signed in`)
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
