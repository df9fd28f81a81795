import { describe, expect, it } from 'vitest'
import { postgresSessionMigrations } from '../postgres/migrations.ts'
import { sqliteSessionMigrations } from '../sqlite/migrations.ts'
import { planMigration, requireVersion, type SessionMigration } from './migration-plan.ts'

const migrations: readonly SessionMigration[] = [1, 2, 3].map((version) => ({
  version,
  name: `step-${version}`,
  up: () => '',
  down: () => '',
}))

describe('planMigration', () => {
  it.each([
    { current: 0, target: 3, up: [1, 2, 3], down: [] },
    { current: 0, target: 1, up: [1], down: [] },
    { current: 1, target: 3, up: [2, 3], down: [] },
    { current: 2, target: 2, up: [], down: [] },
    { current: 3, target: 1, up: [], down: [3, 2] },
    { current: 3, target: 0, up: [], down: [3, 2, 1] },
    { current: 0, target: 0, up: [], down: [] },
  ])('goes from version $current to $target by up $up and down $down', (row) => {
    const plan = planMigration(migrations, row.current, row.target)
    expect(plan.up.map(({ version }) => version)).toEqual(row.up)
    expect(plan.down.map(({ version }) => version)).toEqual(row.down)
  })

  it.each([0, 3])('rejects a database of an unknown newer version for target %s', (target) => {
    expect(() => planMigration(migrations, 4, target)).toThrow(
      expect.objectContaining({ code: 'schema-too-new' }),
    )
  })
})

describe('requireVersion', () => {
  it.each([
    { to: undefined, version: 3 },
    { to: 0, version: 0 },
    { to: 2, version: 2 },
    { to: 3, version: 3 },
  ])('returns $version for the target $to', ({ to, version }) => {
    expect(requireVersion(to, migrations)).toBe(version)
  })

  it.each([-1, 0.5, 4, Number.NaN, Number.POSITIVE_INFINITY])('rejects the target %s', (to) => {
    expect(() => requireVersion(to, migrations)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })
})

it.each([
  ['PostgreSQL', postgresSessionMigrations],
  ['SQLite', sqliteSessionMigrations],
])('the migrations for %s are numbered from 1 without gaps', (_backend, migrations) => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1))
})
