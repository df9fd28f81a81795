// Runs the contract suites that are named as arguments in the current runtime. The library is the built one.
import { createMemorySessionStore } from 'coatcheck/memory'
import {
  adapterContractCases,
  type OpenRevocationChannel,
  type OpenSessionStore,
  revocationChannelContractCases,
  type StartAdapter,
  sessionStoreContractCases,
} from 'coatcheck/testing-contracts'
import { protectedContractCases } from '../../packages/coatcheck/test/support/describe-protected-contract.ts'
import {
  type HonoRuntime,
  startHono,
  startHonoCoatcheck,
} from '../../packages/coatcheck/test/support/hono-scenario.ts'
import {
  openPostgresChannel,
  openPostgresSchema,
} from '../../packages/coatcheck/test/support/open-postgres-schema.ts'
import {
  openSqliteChannel,
  openSqliteFile,
} from '../../packages/coatcheck/test/support/open-sqlite-file.ts'
import { metricsCases } from './metrics-cases.ts'
import { runCases } from './run-cases.ts'

type Connect = Parameters<typeof openSqliteFile>[0]

/** Imported on demand: no runtime has all of them. */
const suites: Readonly<Record<string, () => Promise<void>>> = {
  memory: () =>
    runStore('memory', async () => ({
      store: createMemorySessionStore(),
      async [Symbol.asyncDispose]() {},
    })),

  metrics: () => runCases('metrics and channels', metricsCases, null),

  async 'node:sqlite'() {
    const { DatabaseSync } = await import('node:sqlite')
    await runSqlite('node:sqlite', (file) => new DatabaseSync(file))
  },

  async 'bun:sqlite'() {
    const { Database } = await import('bun:sqlite')
    await runSqlite('bun:sqlite', (file) => new Database(file, { strict: true }))
  },

  async 'better-sqlite3'() {
    const { default: Database } = await import('better-sqlite3')
    await runSqlite('better-sqlite3', (file) => new Database(file))
  },

  async pg() {
    const url = process.env.RUNTIMES_POSTGRES_URL
    if (url === undefined) throw new Error('RUNTIMES_POSTGRES_URL is not set')
    await runStore('pg', () => openPostgresSchema(url))
    await runChannel('pg', () => openPostgresChannel(url))
  },

  async 'node:http'() {
    const { startNode, startNodeCoatcheck } = await import(
      '../../packages/coatcheck/test/support/node-scenario.ts'
    )
    await runAdapter('node:http', startNode)
    await runCases('coatcheck() of node:http', protectedContractCases, startNodeCoatcheck)
  },

  async '@hono/node-server'() {
    const { serveHonoOnNode } = await import(
      '../../packages/coatcheck/test/support/serve-hono-on-node.ts'
    )
    await runAdapter('Hono on @hono/node-server', startHono(serveHonoOnNode))
  },

  async 'Bun.serve'() {
    const { serveHonoOnBun } = await import('./serve-hono-on-bun.ts')
    await runProtectedHono('Bun.serve', serveHonoOnBun)
  },

  async 'Deno.serve'() {
    const { serveHonoOnDeno } = await import('./serve-hono-on-deno.ts')
    await runProtectedHono('Deno.serve', serveHonoOnDeno)
  },

  async 'Express 5'() {
    const { startExpress } = await import('./express-scenario.ts')
    await runAdapter('Express 5', startExpress('express'))
  },

  async 'Express 4'() {
    const { startExpress } = await import('./express-scenario.ts')
    await runAdapter('Express 4', startExpress('express-4'))
  },

  async Fastify() {
    const { startFastify } = await import('./fastify-scenario.ts')
    await runAdapter('Fastify', startFastify)
  },
}

/** `coatcheck` itself finds the peer address in the runtime. */
async function runProtectedHono(name: string, runtime: Pick<HonoRuntime, 'serve'>): Promise<void> {
  await runCases(
    `coatcheck() of Hono on ${name}`,
    protectedContractCases,
    startHonoCoatcheck(runtime),
  )
}

async function runSqlite(driver: string, connect: Connect): Promise<void> {
  await runStore(driver, () => openSqliteFile(connect))
  await runChannel(driver, () => openSqliteChannel(connect))
}

function runStore(name: string, open: OpenSessionStore): Promise<void> {
  return runCases(`store: ${name}`, sessionStoreContractCases, open)
}

function runChannel(name: string, open: OpenRevocationChannel): Promise<void> {
  return runCases(`revocation channel: ${name}`, revocationChannelContractCases, open)
}

function runAdapter(name: string, start: StartAdapter): Promise<void> {
  return runCases(`adapter: ${name}`, adapterContractCases, start)
}

for (const name of process.argv.slice(2)) {
  const run = suites[name]
  if (run === undefined) throw new Error(`There is no suite called ${name}`)
  await run()
}
