import type { Engine, SessionDatabase } from '../engine.ts'
import { type Comparison, compare } from '../figures.ts'
import { smallSize } from '../options.ts'
import { type Round, runRound, type Workload } from '../round.ts'

/** An operation to measure on a table of rows 0 to `size` - 1. */
export interface Scenario {
  /** Pairs of rounds, after one warm-up pair. */
  readonly rounds: number
  prepare(database: SessionDatabase, size: number): Prepared
}

export interface Prepared {
  /** Each call creates the work of the next round. */
  next(): Workload
  close(): Promise<void>
}

/** Measures the small and the large table in turns, so that other load affects both. */
export async function measureAlternately(
  engine: Engine,
  size: number,
  scenario: Scenario,
): Promise<Comparison> {
  const small = scenario.prepare(engine.small, smallSize)
  const main = scenario.prepare(engine.main, size)
  const rounds: { small: Round; main: Round }[] = []
  try {
    for (let round = 0; round <= scenario.rounds; round++) {
      rounds.push(await runPair(engine, { small, main }, round % 2 === 0))
    }
  } finally {
    await small.close()
    await main.close()
  }
  const counted = rounds.slice(1)
  return compare(
    counted.map((pair) => pair.small),
    counted.map((pair) => pair.main),
  )
}

async function runPair(
  { meter }: Engine,
  { small, main }: { readonly small: Prepared; readonly main: Prepared },
  smallFirst: boolean,
): Promise<{ small: Round; main: Round }> {
  if (smallFirst) {
    const first = await runRound(meter, small.next())
    return { small: first, main: await runRound(meter, main.next()) }
  }
  const first = await runRound(meter, main.next())
  return { small: await runRound(meter, small.next()), main: first }
}
