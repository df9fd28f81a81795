import { checkStoresUnderFaults } from 'coatcheck/testing-chaos'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../tools/testing/test-database.ts'
import { bugNames } from './bugs.ts'
import { openPostgresSubject } from './postgres-subject.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.drop())

describe('fault injection in processes with PostgreSQL stores', () => {
  it('finds no history that contradicts the model', async () => {
    await using subject = await openPostgresSubject(database.url)
    const report = await checkStoresUnderFaults(subject, { runs: 3, seed: 1 })
    expect(report.undecided).toBe(0)
    expect(report.unknown).toBeGreaterThan(0)
  })

  it.each(bugNames)('finds a bug that shows itself only under faults: %s', async (bug) => {
    await using subject = await openPostgresSubject(database.url, { bug })
    const check = checkStoresUnderFaults(subject, { runs: 50, seed: 1 })
    await expect(check).rejects.toThrow('No order of these operations explains their results')
  })
})
