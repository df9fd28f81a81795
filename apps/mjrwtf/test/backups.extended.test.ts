import { describe, expect, it } from 'vitest'
import { move } from '../src/program/move.ts'
import { describeBackups } from './support/backup-suite.ts'
import { readAllRows } from './support/sample-rows.ts'
import { configFor, openSample, openUnused } from './support/unused-database.ts'

describeBackups('postgres')

describe.each([
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
] as const)('move from %s to %s', (from, to) => {
  it('copies everything, and refuses a database with accounts', async () => {
    await using source = await openSample(from)
    await using target = await openUnused(to)
    const rows = await readAllRows(source.location)
    const report = await move(configFor(source.location), target.location)
    expect(report.rows).toMatchObject({ users: 1, sessions: 1, clicks: 1 })
    expect(await readAllRows(target.location)).toEqual(rows)
    expect(await readAllRows(source.location)).toEqual(rows)
    await expect(move(configFor(source.location), target.location)).rejects.toThrow(/has accounts/)
  })
})
