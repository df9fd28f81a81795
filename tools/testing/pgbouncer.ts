import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { type OptionalProgram, programPath } from './optional-programs.ts'
import { administer } from './test-database.ts'

export const pgBouncer: OptionalProgram = { name: 'PgBouncer', command: 'pgbouncer' }

/** A PgBouncer in transaction mode in front of a test database. */
export interface PgBouncer extends AsyncDisposable {
  /** URL of the database through it. */
  readonly url: string
}

/** Server connections of one database. Fewer than the clients of a test, so that they share them. */
export const serverConnections = 2

/** Starts the installed `pgbouncer`. The system ends it when this process exits. */
export async function startPgBouncer(databaseUrl: string): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-pgbouncer-'))
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${await freePort()}`
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, configuration(new URL(databaseUrl), url.port))
  const identity = findIdentity()
  if (identity !== null) {
    for (const path of [folder, file]) chownSync(path, identity.uid, identity.gid)
  }

  // The shell ends it when its own input closes, which the system does when this process exits.
  const script = 'pgbouncer -q "$0" & read -r _; kill $!; wait'
  const child = spawn('sh', ['-c', script, file], {
    ...identity,
    env: { ...process.env, PATH: programPath },
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  await waitUntilConnected(url.href)
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PgBouncer does not run as root, so root runs it as `nobody`, like PostgreSQL. */
function findIdentity(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function configuration(server: URL, port: string): string {
  return `
[databases]
* = host=${server.hostname} port=${server.port} user=${server.username} password=${server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${serverConnections}
logfile =
log_connections = 0
log_disconnections = 0
log_pooler_errors = 0
`
}

const maxAttempts = 300
const attemptInterval = 100

async function waitUntilConnected(url: string): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    try {
      await administer(url, (client) => client.query('SELECT'))
      return
    } catch {
      await setTimeout(attemptInterval)
    }
  }
  throw new Error('PgBouncer did not start')
}
