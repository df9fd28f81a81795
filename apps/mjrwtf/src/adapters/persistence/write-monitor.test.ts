import { SessionError } from 'coatcheck'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import { createWriteMonitor } from './write-monitor.ts'

const readOnly = new RepositoryError('planned', { code: 'database-read-only' })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function monitored() {
  const changes: boolean[] = []
  const database = { isWritable: false, attempts: 0 }
  const monitor = createWriteMonitor({
    canWrite: async () => {
      database.attempts += 1
      return database.isWritable
    },
    onChange: (isReadOnly) => void changes.push(isReadOnly),
    interval: 5_000,
  })
  return { monitor, changes, database }
}

it.each([
  readOnly,
  new SessionError('read-only', 'planned'),
  { type: 'store-failed', code: 'read-only' },
])('reports once that the database can only be read, until a write succeeds: %o', async (error) => {
  const { monitor, changes, database } = monitored()
  expect([monitor.report(error), monitor.report(error), monitor.isReadOnly()]).toEqual([
    true,
    true,
    true,
  ])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(changes).toEqual([true])
  database.isWritable = true
  await vi.advanceTimersByTimeAsync(5_000)
  expect([changes, database.attempts, monitor.isReadOnly()]).toEqual([[true, false], 3, false])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(database.attempts).toBe(3)
  monitor.report(error)
  expect(changes).toEqual([true, false, true])
})

it.each([
  new RepositoryError('planned'),
  new SessionError('store-unavailable', 'planned'),
  new Error('planned'),
])('ignores other failures: %s', (error) => {
  const { monitor, changes } = monitored()
  expect([monitor.report(error), monitor.isReadOnly(), changes]).toEqual([false, false, []])
})

it('stops its attempts when it is closed', async () => {
  const { monitor, changes, database } = monitored()
  monitor.report(readOnly)
  monitor.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([changes, database.attempts]).toEqual([[true], 0])
})
