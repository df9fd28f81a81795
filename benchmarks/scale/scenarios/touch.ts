import { performance } from 'node:perf_hooks'
import type { Activity, Instant, SessionId } from 'coatcheck'
import type { SessionDatabase, TouchFigures } from '../engine.ts'
import { median } from '../figures.ts'
import { idOf } from '../rows.ts'
import { randomRow } from './verify.ts'

const batches = 10
const batchRows = 1_000

export interface TouchSummary extends TouchFigures {
  readonly batchRows: number
  /** Median per batch. */
  readonly milliseconds: number
}

/** Writes activity of random sessions in batches, as at a thousand requests a second. */
export async function touchBatches(
  database: SessionDatabase,
  size: number,
  now: Instant,
): Promise<TouchSummary> {
  const times: number[] = []
  const written: TouchFigures[] = []
  for (let batch = 1; batch <= batches; batch++) {
    // A later instant each time, so that a repeated row is written again.
    const activities = randomActivities(size, now + batch * 60_000)
    const start = performance.now()
    written.push(await database.touch(activities, 1_000))
    times.push(performance.now() - start)
  }
  return {
    batchRows,
    milliseconds: median(times),
    updated: sum(written.map(({ updated }) => updated)),
    heapOnly: written.some(({ heapOnly }) => heapOnly === null)
      ? null
      : sum(written.map(({ heapOnly }) => heapOnly ?? 0)),
  }
}

function randomActivities(size: number, at: Instant): readonly Activity[] {
  return Array.from({ length: batchRows }, () => ({
    id: idOf(randomRow(size)) as SessionId,
    at,
  }))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
