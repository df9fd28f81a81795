import { quantileOf } from '../report/statistics.ts'
import type { Round } from './round.ts'

/** The figures of several rounds of one operation. */
export interface Figures {
  readonly operations: number
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly serverCpu: number
  readonly databaseCpu: number
  readonly perSecond: number
  /** Bytes per operation requested from the system, and those read from the disk. */
  readonly read: number
  readonly readFromDisk: number
}

/** One operation on the table of 10,000 sessions and on the large one, in turns. */
export interface Comparison {
  readonly small: Figures
  readonly main: Figures
  /** Ratio of the large table to the small: the median over the pairs of rounds (p99: of all rounds together). */
  readonly ratio: { readonly p50: number; readonly p99: number; readonly cpu: number }
}

export function summarize(rounds: readonly Round[]): Figures {
  const latencies = rounds.flatMap((round) => round.latencies)
  const typical = (field: Exclude<keyof Round, 'latencies'>): number =>
    median(rounds.map((round) => round[field]))
  return {
    operations: latencies.length,
    p50: quantileOf(latencies, 0.5) * 1_000,
    p99: quantileOf(latencies, 0.99) * 1_000,
    max: quantileOf(latencies, 1) * 1_000,
    serverCpu: typical('serverCpu'),
    databaseCpu: typical('databaseCpu'),
    perSecond: typical('perSecond'),
    read: typical('read'),
    readFromDisk: typical('readFromDisk'),
  }
}

export function compare(small: readonly Round[], main: readonly Round[]): Comparison {
  const ratioOf = (figure: (round: Round) => number): number =>
    median(main.flatMap((round, index) => ratios(round, small[index], figure)))
  const [smallFigures, mainFigures] = [summarize(small), summarize(main)]
  return {
    small: smallFigures,
    main: mainFigures,
    ratio: {
      p50: ratioOf(({ latencies }) => quantileOf(latencies, 0.5)),
      // One round has too few slow operations.
      p99: mainFigures.p99 / smallFigures.p99,
      cpu: ratioOf(({ serverCpu, databaseCpu }) => serverCpu + databaseCpu),
    },
  }
}

function ratios(
  main: Round,
  small: Round | undefined,
  figure: (round: Round) => number,
): readonly number[] {
  return small === undefined ? [] : [figure(main) / figure(small)]
}

export function median(numbers: readonly number[]): number {
  return quantileOf(numbers, 0.5)
}
