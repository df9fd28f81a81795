import { expect, it } from 'vitest'
import { postgresSteps } from './postgres-schema.ts'
import { newestVersion, planSchema, sessionVersionFor } from './schema-plan.ts'
import { sqliteSteps } from './sqlite-schema.ts'

it.each([
  ['sqlite', sqliteSteps],
  ['postgres', postgresSteps],
])('every migration of %s has its number, and a session version belongs to each', (_, steps) => {
  const { app, sessions } = newestVersion(steps)
  expect(steps.app.map(({ version }) => version)).toEqual(steps.app.map((_step, i) => i + 1))
  expect(sessionVersionFor(steps, app)).toBe(sessions)
  expect(steps.app.map(({ name }) => name).join()).not.toContain("'")
})

it('both databases have the same migrations', () => {
  const names = (steps: typeof sqliteSteps) => steps.app.map(({ name }) => name)
  expect(names(sqliteSteps)).toEqual(names(postgresSteps))
})

it('drops the session tables before the users that they reference', () => {
  const { direction, steps } = planSchema(sqliteSteps, { app: 19, sessions: 6 }, 0)
  expect(direction).toBe('down')
  const order = steps.map(({ tables, version }) => `${tables} ${version}`)
  expect(order.indexOf('sessions 1')).toBeLessThan(order.indexOf('app 1'))
  expect(order.at(-1)).toBe('app 1')
})

it('continues a migration of which only the app’s part was done', () => {
  const newest = newestVersion(sqliteSteps)
  const { steps } = planSchema(sqliteSteps, { app: newest.app, sessions: 3 }, newest.app)
  expect(steps.map(({ tables, version }) => [tables, version])).toEqual([
    ['sessions', 4],
    ['sessions', 5],
    ['sessions', 6],
  ])
})

/** The last schema version whose programs can no longer run beside this one. */
const firstRelease = 19

/** What breaks the statements of a program that is still running (docs/upgrades.md). */
const breaking =
  /\bDROP (TABLE|COLUMN|VIEW)\b|\bRENAME\b|\bSET NOT NULL\b|ALTER COLUMN \w+ TYPE|ADD COLUMN (?![^;]*DEFAULT)[^;]*NOT NULL/i

/** A view that is dropped and created again in the same migration is missing for no statement. */
function withoutReplacedViews(sql: string): string {
  return sql.replaceAll(/DROP VIEW (\w+);/g, (drop, name) =>
    sql.includes(`CREATE VIEW ${name} `) ? '' : drop,
  )
}

it.each([
  ['sqlite', sqliteSteps],
  ['postgres', postgresSteps],
])('migrations of %s break no statement of the release before', (_, steps) => {
  const newer = steps.app.filter(({ version }) => version > firstRelease)
  const broken = newer.filter(({ up }) => breaking.test(withoutReplacedViews(up)))
  expect(broken.map(({ name }) => name)).toEqual([])
  expect(breaking.test('ALTER TABLE users ADD COLUMN kind TEXT NOT NULL;')).toBe(true)
})
