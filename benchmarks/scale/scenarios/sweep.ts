import { performance } from 'node:perf_hooks'
import { createSessions, type Instant } from 'coatcheck'
import type { Engine } from '../engine.ts'
import { median } from '../figures.ts'
import { difference } from '../meter.ts'
import { sweepDelay } from '../rows.ts'

/** The statements of one kind that a sweep ran. */
export interface StatementFigures {
  readonly statements: number
  readonly seconds: number
  /** Milliseconds per statement. */
  readonly p50: number
  readonly max: number
}

export interface SweepFigures {
  readonly ended: number
  readonly purged: number
  /** Seconds of CPU time of this process and the database. */
  readonly cpuSeconds: number
  readonly ending: StatementFigures
  readonly purging: StatementFigures
}

const hour = 60 * 60 * 1_000

/**
 * Two sweeps by the library, three days from now: the first ends one row in ten; the second, after
 * their retention, reads the rest, ends none, and purges them.
 */
export async function sweepTwice(engine: Engine, now: Instant): Promise<readonly SweepFigures[]> {
  const at = now + sweepDelay
  return [await sweepAt(engine, at), await sweepAt(engine, at + hour + 1)]
}

async function sweepAt({ main, meter }: Engine, at: Instant): Promise<SweepFigures> {
  const ending: number[] = []
  const purging: number[] = []
  const sessions = createSessions({
    store: {
      ...main.store,
      endExpired: timed(ending, main.store.endExpired),
      purge: timed(purging, main.store.purge),
    },
    data: { initial: {} },
    clock: { now: () => at },
    retention: hour,
  })
  const before = meter.read()
  const { expired, purged } = await sessions.sweep()
  const spent = difference(before, meter.read())
  await sessions.close()
  return {
    ended: expired,
    purged,
    cpuSeconds: (spent.serverCpu + spent.databaseCpu) / 1_000,
    ending: summarize(ending),
    purging: summarize(purging),
  }
}

function timed<Args extends unknown[], Result>(
  times: number[],
  run: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    const start = performance.now()
    const result = await run(...args)
    times.push(performance.now() - start)
    return result
  }
}

function summarize(times: readonly number[]): StatementFigures {
  return {
    statements: times.length,
    seconds: times.reduce((total, each) => total + each, 0) / 1_000,
    p50: median(times),
    max: Math.max(...times),
  }
}
