import { checkSessionsUnderFaults, checkStoresUnderFaults } from 'coatcheck/testing-chaos'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../tools/testing/test-database.ts'
import { bugNames } from './bugs.ts'
import { openPostgresSubject } from './postgres-subject.ts'

let database: TestDatabase

/** Its plan lets the clock of a process jump ahead by an hour, early and for longer than the other faults. */
const firstSeed = 10

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.drop())

describe('PostgreSQL stores in processes under faults', () => {
  it('have only histories that the model explains', async () => {
    await using subject = await openPostgresSubject(database.url)
    const report = await checkStoresUnderFaults(subject, { runs: 2, seed: 1 })
    expect(report.undecided).toBe(0)
    expect(report.unknown).toBeGreaterThan(0)
  })

  it.each(bugNames.stores)('fail the model if %s', async (bug) => {
    await using subject = await openPostgresSubject(database.url, { bug })
    const check = checkStoresUnderFaults(subject, { runs: 100, seed: 1 })
    await expect(check).rejects.toThrow('No order of these operations explains their results')
  })
})

describe('sessions and grants in processes under faults and clock jumps', () => {
  it('never accept what has ended, and lose no acknowledged write', async () => {
    await using subject = await openPostgresSubject(database.url)
    const report = await checkSessionsUnderFaults(subject, { runs: 4, seed: firstSeed })
    expect(report.faults['clock-jump']).toBeGreaterThan(0)
    expect(report.unknown).toBeGreaterThan(0)
  })

  it.each(bugNames.sessions)('give wrong answers if %s', async (bug) => {
    await using subject = await openPostgresSubject(database.url, { bug })
    const check = checkSessionsUnderFaults(subject, { runs: 100, seed: firstSeed })
    await expect(check).rejects.toThrow('Wrong answers')
  })
})
