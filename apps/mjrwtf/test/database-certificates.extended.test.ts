import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startPostgresProcess } from '../../../tools/testing/postgres-server.ts'
import { migrateToNewest, openPersistence } from '../src/adapters/persistence/open-persistence.ts'
import type { DatabaseLocation } from '../src/adapters/persistence/persistence.ts'
import { databaseLocation } from '../src/config/database-location.ts'
import { selfSigned } from './support/self-signed.ts'

const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-certificates-'))
const certificate = join(folder, 'server.crt')
let server: ReturnType<typeof startPostgresProcess>
let url = ''

/** PostgreSQL accepts a key that only its user can read; root runs it as `nobody`. */
function writeCertificate(): string {
  const key = join(folder, 'server.key')
  writeFileSync(certificate, selfSigned.cert)
  writeFileSync(key, selfSigned.key, { mode: 0o600 })
  if (process.getuid?.() !== 0) return key
  const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
  for (const path of [folder, certificate, key]) chownSync(path, uid, 0)
  return key
}

beforeAll(async () => {
  const key = writeCertificate()
  server = startPostgresProcess(['ssl=on', `ssl_cert_file=${certificate}`, `ssl_key_file=${key}`])
  url = await server.url
})

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** The location for DATABASE_URL with these parameters. */
function locationOf(base: string, parameters: string, host = '127.0.0.1'): DatabaseLocation {
  const changed = new URL(base)
  changed.hostname = host
  changed.search = parameters
  const location = databaseLocation(changed.href)
  if (location === null) throw new Error('The app does not accept this URL.')
  return location
}

it.each(['require', 'verify-ca', 'verify-full'])(
  'refuses a database whose certificate is not trusted, with sslmode=%s (V12.3.2)',
  async (mode) => {
    const error: unknown = await migrateToNewest(locationOf(url, `sslmode=${mode}`)).catch((e) => e)
    expect(error).toMatchObject({
      code: 'certificate-rejected',
      message: expect.stringMatching(
        /^Cannot use PostgreSQL at .* Its certificate is not trusted\. Nothing was sent .*sslrootcert=FILE\.$/,
      ),
    })
    expect(String(error)).not.toContain(new URL(url).password)
  },
)

it('refuses a trusted certificate of another host (V12.3.2)', async () => {
  const location = locationOf(url, `sslmode=verify-full&sslrootcert=${certificate}`, 'localhost')
  await expect(migrateToNewest(location)).rejects.toMatchObject({
    code: 'certificate-rejected',
    message: expect.stringContaining('belongs to another host'),
  })
})

it('refuses a database without TLS if the URL requires it (V12.3.1)', async () => {
  const location = locationOf(inject('postgresUrl'), 'sslmode=verify-full')
  await expect(migrateToNewest(location)).rejects.toMatchObject({
    code: 'certificate-rejected',
    message: expect.stringContaining('It offers no TLS.'),
  })
})

it('uses a database whose authority the URL names (V12.3.2)', async () => {
  const location = locationOf(url, `sslmode=verify-full&sslrootcert=${certificate}`)
  await migrateToNewest(location)
  const persistence = await openPersistence(location)
  expect(await persistence.ping(10_000)).toBe(true)
  expect(await persistence.users.hasOperator()).toBe(false)
  await persistence.close()
})
