import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../../tools/testing/free-port.ts'
import { notRunPrefix } from '../../../tools/testing/not-run-reporter.ts'
import { tablesOfAccess } from '../src/adapters/backup/table-rules.ts'
import { migrateToNewest, openPersistence } from '../src/adapters/persistence/open-persistence.ts'

/** Debian installs the programs of a server here. The copy that other tests use has no pg_basebackup. */
const binaries = ['17', '16', '15']
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .find((folder) => existsSync(join(folder, 'pg_basebackup')))

const page = readFileSync(new URL('../../../docs/backups.md', import.meta.url), 'utf8')

/** The statement that the documentation gives. */
function documentedSql(): string {
  return /```sql\n([^`]+)```/.exec(page)?.[1] ?? ''
}

/** PostgreSQL does not run as root, so root runs it as `nobody`. */
function findIdentity() {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** A folder with a data folder, copies of it and an archive, and the programs that use them. */
function openFolder(programs: string) {
  const path = mkdtempSync(join(tmpdir(), 'mjrwtf-recovery-'))
  const identity = findIdentity()
  const { uid, gid } = identity
  const own = (name: string) => {
    if (uid !== undefined && gid !== undefined) chownSync(join(path, name), uid, gid)
  }
  mkdirSync(join(path, 'wal'))
  for (const name of ['', 'wal']) own(name)
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync(join(programs, program), args, { ...identity, cwd: path, stdio: 'ignore' })
  return {
    path,
    own,
    run,
    start: (data: string, port: number, ...settings: readonly string[]) => {
      const listen = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`
      const options = [listen, ...settings.map((setting) => `-c ${setting}`)].join(' ')
      run('pg_ctl', 'start', '-w', '-t', '300', '-D', data, '-l', `${data}.log`, '-o', options)
    },
    stop: (data: string) => run('pg_ctl', 'stop', '-w', '-m', 'fast', '-D', data),
    [Symbol.dispose]() {
      for (const data of ['data', 'recovered']) {
        try {
          run('pg_ctl', 'stop', '-w', '-m', 'immediate', '-D', data)
        } catch {
          // It does not run.
        }
      }
      rmSync(path, { recursive: true, force: true })
    },
  }
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

function insertUser(name: string): string {
  return `INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator)
    VALUES ('${name}', '${name}', '${name}', '', now(), 0)`
}

it('documents the tables of which a restore adds no rows', () => {
  const names = documentedSql().match(/[a-z_]+(?=[,;])/g) ?? []
  expect(names.toSorted()).toEqual([...tablesOfAccess].toSorted())
})

const title =
  binaries === undefined
    ? `${notRunPrefix}pg_basebackup (install postgresql)`
    : 'with the tools of PostgreSQL'

describe.skipIf(binaries === undefined)(title, () => {
  it('recovers the database of an instant before a mistake', { timeout: 600_000 }, async () => {
    using folder = openFolder(binaries ?? '')
    const port = await freePort()
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`
    folder.run('initdb', '-D', 'data', '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale')
    const wal = join(folder.path, 'wal')
    appendFileSync(
      join(folder.path, 'data', 'postgresql.conf'),
      `archive_mode = on\narchive_command = 'test ! -f ${wal}/%f && cp %p ${wal}/%f'\n`,
    )
    folder.start('data', port)
    await migrateToNewest({ kind: 'postgres', url })
    await query(url, insertUser('before the copy'))
    folder.run(
      ...['pg_basebackup', '--pgdata=base', '--checkpoint=fast', '--wal-method=stream'],
      ...['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'],
    )
    await query(url, insertUser('after the copy'))
    const [instant] = await query(url, 'SELECT clock_timestamp()::text AS at')
    await query(url, 'DELETE FROM users')
    await query(url, 'SELECT pg_switch_wal()')
    folder.stop('data')

    cpSync(join(folder.path, 'base'), join(folder.path, 'recovered'), { recursive: true })
    execFileSync('chown', ['-R', '--reference', wal, join(folder.path, 'recovered')])
    chmodSync(join(folder.path, 'recovered'), 0o700)
    appendFileSync(
      join(folder.path, 'recovered', 'postgresql.auto.conf'),
      `restore_command = 'cp ${wal}/%f %p'\nrecovery_target_time = '${instant?.at}'\nrecovery_target_action = 'promote'\n`,
    )
    writeFileSync(join(folder.path, 'recovered', 'recovery.signal'), '')
    folder.own('recovered/recovery.signal')
    folder.start('recovered', port, 'archive_mode=off')
    const inRecovery = async () => (await query(url, 'SELECT pg_is_in_recovery() AS is'))[0]?.is
    await expect.poll(inRecovery, { timeout: 300_000 }).toBe(false)
    await query(url, documentedSql())
    expect(await query(url, 'SELECT id FROM users ORDER BY created_at')).toEqual([
      { id: 'before the copy' },
      { id: 'after the copy' },
    ])
    const persistence = await openPersistence({ kind: 'postgres', url })
    expect(await persistence.ping(60_000)).toBe(true)
    await persistence.close()
  })
})
