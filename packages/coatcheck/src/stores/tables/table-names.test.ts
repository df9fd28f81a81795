import { describe, expect, it } from 'vitest'
import { postgresSessionMigrations } from '../postgres/migrations.ts'
import { sqliteSessionMigrations } from '../sqlite/migrations.ts'
import { createTableNames } from './table-names.ts'

const longest = { schema: 's'.repeat(63), tablePrefix: `P_${'x'.repeat(28)}` }

describe('createTableNames', () => {
  it('quotes names without a schema and a prefix', () => {
    const names = createTableNames()
    expect(names.sessions).toBe('"sessions"')
  })

  it('adds the schema and the prefix to every table', () => {
    const names = createTableNames({ schema: 'app', tablePrefix: 'auth_' })
    expect([names.sessions, names.userEndings, names.migrations, names.sweeps]).toEqual([
      '"app"."auth_sessions"',
      '"app"."auth_session_user_endings"',
      '"app"."auth_session_migrations"',
      '"app"."auth_session_sweeps"',
    ])
    expect(names.local('sessions_ended')).toBe('"auth_sessions_ended"')
  })

  it.each(['2fa', 'a"b', 'a.b', "a'b", 'a b', 'ä', 'a\n', 'a-b', 'x'.repeat(64)])(
    'rejects the name %j',
    (name) => {
      for (const options of [{ schema: name }, { tablePrefix: name }]) {
        expect(() => createTableNames(options)).toThrow(
          expect.objectContaining({ code: 'invalid-option' }),
        )
      }
    },
  )

  it.each(['x'.repeat(31), 'sqlite_', 'SQLite_auth'])('rejects the prefix %j', (tablePrefix) => {
    expect(() => createTableNames({ tablePrefix })).toThrow(/tablePrefix must have at most 30/)
  })
})

describe('derived names', () => {
  it.each([
    ['PostgreSQL', postgresSessionMigrations, longest],
    ['SQLite', sqliteSessionMigrations, { tablePrefix: longest.tablePrefix }],
  ])('fit into 63 bytes and have the prefix on %s', (_backend, migrations, options) => {
    const sql = migrations.map((step) => `${step.up(options)} ${step.down(options)}`).join(' ')
    const names = [...sql.matchAll(/"(\w+)"/g)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => name.length > 63)).toEqual([])
    const { schema, tablePrefix }: { schema?: string; tablePrefix: string } = options
    const others = names.filter(
      (name) => ![schema, 'C'].includes(name) && !name.startsWith(tablePrefix),
    )
    expect(others).toEqual([])
    expect(sql).not.toMatch(
      /\b(ON|TABLE|INDEX|TRIGGER|FUNCTION|INTO|FROM|REFERENCES) (session|coatcheck)/,
    )
  })
})
