import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { administer, openTestDatabase } from '../../../tools/testing/test-database.ts'
import { migrateToNewest, openSchema } from '../src/adapters/persistence/open-persistence.ts'
import { backup } from '../src/program/backup.ts'
import { restore } from '../src/program/restore.ts'
import { aFolder } from './support/backup-content.ts'
import { aSignedInBrowser } from './support/browser.ts'
import { openApp } from './support/open-app.ts'
import type { Storage } from './support/storage.ts'
import { configFor } from './support/unused-database.ts'

const page = readFileSync(new URL('../../../docs/upgrades.md', import.meta.url), 'utf8')

/** The SQL of the section about roles, in order: roles, schema, versions, existing databases. */
const [createRoles = '', setUpSchema = '', protectVersions = '', reassign = ''] = [
  ...page.matchAll(/```sql\n([\s\S]*?)```/g),
].map(([, sql = '']) => sql)

/** A database with the two roles of the page, under names of their own: roles belong to the whole server. */
async function openDatabaseWithRoles() {
  const database = await openTestDatabase()
  const suffix = randomBytes(6).toString('hex')
  const named = (sql: string) =>
    sql
      .replaceAll(/\bmjrwtf_(owner|server)\b/g, `$1_${suffix}`)
      .replaceAll(/DATABASE mjrwtf\b/g, `DATABASE ${database.name}`)
      .replaceAll(/\bBY mjrwtf\b/g, `BY previous_${suffix}`)
  const urlOf = (role: 'owner' | 'server' | 'previous') => {
    const url = new URL(database.url)
    url.username = `${role}_${suffix}`
    url.password = `the password of the ${role}`
    return url.href
  }
  const superuser = (sql: string) => administer(database.url, (client) => client.query(named(sql)))
  // The database exists already.
  await superuser(
    createRoles.replace(/CREATE DATABASE mjrwtf OWNER/, 'ALTER DATABASE mjrwtf OWNER TO'),
  )
  return {
    urlOf,
    superuser,
    async [Symbol.asyncDispose]() {
      await database.drop()
      const roles = ['owner', 'server', 'previous'].map(
        (role) => `DROP ROLE IF EXISTS ${role}_${suffix}`,
      )
      await administer(inject('postgresUrl'), (client) => client.query(roles.join('; ')))
    },
  }
}

function storageOf(url: string): Storage {
  const query = async (sql: string) =>
    (await administer(url, (client) => client.query<object>(sql))).rows
  const unused = async () => ''
  return {
    kind: 'postgres',
    url,
    query,
    dump: unused,
    fingerprint: unused,
    async [Symbol.asyncDispose]() {},
  }
}

it('a role without the right to change tables runs the app (V13.2.2)', async () => {
  await using database = await openDatabaseWithRoles()
  await database.superuser(setUpSchema)
  await migrateToNewest({ kind: 'postgres', url: database.urlOf('owner') })
  await database.superuser(protectVersions)
  const url = database.urlOf('server')

  // The newest version needs no migration, and so no privilege.
  expect((await migrateToNewest({ kind: 'postgres', url })).steps).toEqual([])
  await using app = await openApp(storageOf(url))
  const browser = await aSignedInBrowser(app)
  const created = await browser.call('POST', '/api/urls', { original_url: 'http://dest.test' })
  expect(created.status).toBe(201)
  expect((await browser.open('/settings/sessions')).status).toBe(200)
  await app.flushSecurityEvents()
  await app.features.purge()
  await app.sweepSessions()
  await browser.submit('/logout', {}, { on: '/dashboard' })
  expect((await browser.call('GET', '/api/session')).status).toBe(401)
})

const refused = [
  'ALTER TABLE users ADD COLUMN is_admin integer',
  'DROP TABLE security_events',
  'TRUNCATE sessions CASCADE',
  'ALTER TABLE security_events DISABLE TRIGGER ALL',
  'CREATE TABLE mine (id integer)',
  'CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
  'CREATE TEMP TABLE mine (id integer)',
  'UPDATE app_migrations SET version = 99',
  'DROP FUNCTION reject_security_event_change CASCADE',
  'SET session_replication_role = replica',
  'TRUNCATE security_events',
  'DROP TRIGGER security_events_not_updated ON security_events',
  'CREATE RULE mine AS ON INSERT TO security_events DO INSTEAD NOTHING',
]

it('the role of the server changes no table, trigger or version (V13.2.2, V16.4.2)', async () => {
  await using database = await openDatabaseWithRoles()
  await database.superuser(setUpSchema)
  await migrateToNewest({ kind: 'postgres', url: database.urlOf('owner') })
  await database.superuser(protectVersions)
  const codes = await administer(database.urlOf('server'), async (client) => {
    const found: unknown[] = []
    for (const sql of refused) {
      found.push(
        await client.query(sql).then(
          () => `ran: ${sql}`,
          (error) => error.code,
        ),
      )
    }
    return found
  })
  expect(codes).toEqual(refused.map(() => '42501'))
})

it('a migration as the role of the server changes nothing and names the variable', async () => {
  await using database = await openDatabaseWithRoles()
  await database.superuser(setUpSchema)
  const schema = openSchema({ kind: 'postgres', url: database.urlOf('owner') })
  await schema.migrate(19, { onWaiting: () => {} })
  const location = { kind: 'postgres', url: database.urlOf('server') } as const
  await expect(migrateToNewest(location)).rejects.toMatchObject({
    code: 'missing-privilege',
    message: expect.stringContaining('DATABASE_MIGRATION_URL'),
  })
  expect((await schema.status()).current.app).toBe(19)
  await schema.close()
})

it('a database of one role becomes one of two with the SQL of the page', async () => {
  await using database = await openDatabaseWithRoles()
  const { username } = new URL(database.urlOf('previous'))
  const password = 'the password of the previous'
  await database.superuser(`CREATE ROLE ${username} LOGIN SUPERUSER PASSWORD '${password}'`)
  await migrateToNewest({ kind: 'postgres', url: database.urlOf('previous') })
  await database.superuser(setUpSchema)
  await database.superuser(reassign)
  const owner = openSchema({ kind: 'postgres', url: database.urlOf('owner') })
  await owner.migrate(19, { onWaiting: () => {} })
  await owner.migrate(owner.newest.app, { onWaiting: () => {} })
  await owner.close()
  await using app = await openApp(storageOf(database.urlOf('server')))
  const browser = await aSignedInBrowser(app)
  expect((await browser.open('/dashboard')).status).toBe(200)
})

it('the role of the server makes backups, and restores none (V13.2.2)', async () => {
  await using database = await openDatabaseWithRoles()
  using folder = aFolder()
  await database.superuser(setUpSchema)
  await migrateToNewest({ kind: 'postgres', url: database.urlOf('owner') })
  await database.superuser(protectVersions)
  const config = configFor({ kind: 'postgres', url: database.urlOf('server') })
  const file = join(folder.path, 'backup.tar.gz')
  await backup({ config, settings: {}, output: file })
  const options = { file, replace: true, keepSessions: true }
  await expect(restore(config, options)).rejects.toThrow(/42501.*Nothing was changed/)
  await restore(configFor({ kind: 'postgres', url: database.urlOf('owner') }), options)

  await database.superuser('REVOKE SELECT ON ALL SEQUENCES IN SCHEMA public FROM mjrwtf_server')
  const refused = backup({ config, settings: {}, output: join(folder.path, 'other.tar.gz') })
  await expect(refused).rejects.toThrow(/GRANT SELECT ON ALL SEQUENCES/)
})
