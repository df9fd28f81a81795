import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from './repository.ts'
import { memoryFolder } from './testing/memory-folder.ts'
import { startPostgresProcess } from './testing/postgres-server.ts'
import { createDatabase, emptyDatabase } from './testing/test-database.ts'

/** The oldest Node of the library's `engines`. The app needs a newer one. */
const oldestNode = '22.13.0'

const folder = join(root, 'tools/runtimes')

interface Program {
  readonly name: string
  readonly command: readonly string[]
  /** The suites of `contracts.ts` need PostgreSQL. */
  readonly usesPostgres?: boolean
}

const stores = ['memory', 'metrics', 'node:sqlite']

/** Node itself runs the whole test suite. Here it runs what is not installed for the tests. */
const programs: readonly Program[] = [
  {
    name: 'Types of these programs',
    command: onNode(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'),
  },
  {
    name: `Node ${oldestNode}`,
    command: onOldestNode('contracts.ts', ...stores, 'node:http', '@hono/node-server'),
  },
  { name: `CommonJS on Node ${oldestNode}`, command: onOldestNode('commonjs.cjs') },
  {
    name: 'Bun',
    command: [
      ...[platformBinary('@oven/bun-*/bin/bun*'), 'contracts.ts', ...stores, 'bun:sqlite'],
      ...['better-sqlite3', 'pg', 'node:http', 'Bun.serve'],
    ],
    usesPostgres: true,
  },
  {
    name: 'Deno',
    command: [
      ...[platformBinary('@deno/*/deno*'), 'run', '--quiet', '--allow-all', 'contracts.ts'],
      ...[...stores, 'pg', 'node:http', 'Deno.serve'],
    ],
    usesPostgres: true,
  },
  { name: 'Workers', command: onNode('workers.ts') },
  {
    name: 'Express and Fastify',
    command: onNode('contracts.ts', 'Express 5', 'Express 4', 'Fastify'),
  },
  { name: 'Fastify inject', command: onNode('inject.ts') },
  { name: 'Two bundled copies', command: onNode('two-copies.ts') },
  {
    name: 'Jest',
    command: onNode(
      ...['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'],
      ...['--rootDir', 'realms', '--config', 'realms/jest.config.mjs'],
    ),
  },
  { name: 'vitest with vmThreads', command: onVitest('vmThreads') },
  { name: 'vitest with vmForks', command: onVitest('vmForks') },
]

function onNode(...args: string[]): readonly string[] {
  return [process.execPath, ...args]
}

function onOldestNode(...args: string[]): readonly string[] {
  const npm = process.env.npm_execpath
  const npmCommand =
    npm !== undefined && basename(npm).startsWith('npm') ? [process.execPath, npm] : ['npm']
  const flags = ['--experimental-strip-types', '--no-warnings']
  return [
    ...[...npmCommand, 'exec', '--yes', '--loglevel=error', `--package=node@${oldestNode}`],
    ...['--', 'node', ...flags, ...args],
  ]
}

function onVitest(pool: string): readonly string[] {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  return onNode(
    ...[vitest, 'run', '--root', 'realms', '--config', 'vitest.config.mjs'],
    '--pool',
    pool,
  )
}

/** The packages `bun` and `deno` would copy the program in an install script. It is started directly. */
function platformBinary(pattern: string): string {
  const [binary] = globSync(join('node_modules', pattern), { cwd: folder })
  if (binary === undefined)
    throw new Error(`${pattern} is not installed; does it exist for this system?`)
  return join(folder, binary)
}

/** Runs a program and prints its output when it has ended. */
async function run({ name, command }: Program, environment: NodeJS.ProcessEnv): Promise<void> {
  const started = performance.now()
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, TMPDIR: memoryFolder(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const seconds = Math.round((performance.now() - started) / 1_000)
  console.log(`${name} (${seconds} s)\n${output.trimEnd()}`)
  if (code !== 0) throw new Error(`${name} failed with code ${code}; its output is above`)
}

async function runWithPostgres(program: Program, serverUrl: string): Promise<void> {
  const database = await createDatabase(serverUrl, emptyDatabase)
  try {
    await run(program, { RUNTIMES_POSTGRES_URL: database.url })
  } finally {
    await database.drop()
  }
}

/** Two at a time, because most wait for a server or a disk half of the time. */
const concurrency = 2

/** Runs the programs whose names contain one of the arguments, by default all. */
async function main(names: readonly string[]): Promise<void> {
  const chosen = programs.filter(
    ({ name }) => names.length === 0 || names.some((each) => name.includes(each)),
  )
  const server = chosen.some(({ usesPostgres }) => usesPostgres) ? startPostgresProcess() : null
  // One iterator for all workers: each takes the next program.
  const remaining = chosen.values()
  const runRemaining = async () => {
    for (const program of remaining) {
      if (program.usesPostgres !== true || server === null) await run(program, {})
      else await runWithPostgres(program, await server.url)
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, runRemaining))
  } finally {
    await server?.stop()
  }
}

await main(process.argv.slice(2))
