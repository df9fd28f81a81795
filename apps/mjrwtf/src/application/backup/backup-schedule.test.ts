import { expect, it } from 'vitest'
import { hour, minute } from '../../domain/time.ts'
import { runBackupSchedule } from './backup-schedule.ts'

/** Runs a schedule on a fake clock until this many backups were started, and returns when they were. */
async function run(
  { newest = null, results }: { newest?: number | null; results: readonly boolean[] },
  interval = 24 * hour,
) {
  let now = 0
  let newestBackup = newest
  const started: number[] = []
  const waits: number[] = []
  await runBackupSchedule({
    interval,
    now: () => now,
    newestBackup: () => newestBackup,
    async backUp() {
      const isWritten = results[started.length] ?? false
      started.push(now)
      if (isWritten) newestBackup = now
      now += minute
      return isWritten
    },
    async wait(time) {
      waits.push(time)
      now += time
    },
    isStopped: () => started.length === results.length,
  })
  return { started, waits }
}

it('writes a backup at once if there is none, and then one per interval', async () => {
  const { started, waits } = await run({ results: [true, true, true] })
  expect(started).toEqual([0, 24 * hour, 48 * hour])
  expect(Math.max(...waits)).toBe(hour)
})

it('waits for the rest of the interval after a restart', async () => {
  const { started } = await run({ newest: -20 * hour, results: [true, true] })
  expect(started).toEqual([4 * hour, 28 * hour])
})

it('tries again after a quarter of an hour, or after an interval that is shorter', async () => {
  expect((await run({ results: [false, false, true] })).started).toEqual([
    0,
    16 * minute,
    32 * minute,
  ])
  expect((await run({ results: [false, true] }, 5 * minute)).started).toEqual([0, 6 * minute])
})
