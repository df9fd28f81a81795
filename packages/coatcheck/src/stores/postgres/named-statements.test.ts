import { expect, it } from 'vitest'
import type { PostgresQuery } from './driver.ts'
import { createNamedRun, named } from './named-statements.ts'

/** A server behind a pooler: names fail with the error. Records the statements that it received. */
function aServer(code: string) {
  const received: PostgresQuery[] = []
  const run = createNamedRun(async (statement) => {
    received.push(statement)
    if (statement.name !== undefined) throw Object.assign(new Error('failed'), { code })
    return statement.text
  })
  return { run, received, names: () => received.map(({ name }) => name) }
}

it.each(['26000', '42P05', '0A000'])(
  'repeats a read without its name after %s, and uses no names from then on',
  async (code) => {
    const { run, received, names } = aServer(code)
    const statement = { ...named('SELECT 1'), values: ['a'] }

    expect(await run(statement)).toBe('SELECT 1')
    expect(await run(statement)).toBe('SELECT 1')
    expect(names()).toEqual([statement.name, undefined, undefined])
    expect(received.every(({ values }) => values?.[0] === 'a')).toBe(true)
  },
)

it('does not repeat a read that failed for another reason', async () => {
  const { run, names } = aServer('57014')
  await expect(run(named('SELECT 1'))).rejects.toMatchObject({ code: '57014' })
  await expect(run(named('SELECT 1'))).rejects.toMatchObject({ code: '57014' })
  expect(names()).not.toContain(undefined)
})

it('names statements after their text, so that two applications never share a name', () => {
  expect(named('SELECT 1').name).toBe(named('SELECT 1').name)
  expect(named('SELECT 1').name).not.toBe(named('SELECT 2').name)
  // PostgreSQL truncates names to 63 bytes.
  expect(named('SELECT 1').name?.length).toBeLessThan(64)
})
