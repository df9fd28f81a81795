import type { CaseResult, Measurement, Results } from './results.ts'

/** A round with these costs in µs per request; other figures are arbitrary. */
export function aRound(serverCpu: number, databaseCpu: number | null = 0): Measurement {
  const rest = { requests: 2_000, seconds: 2, p50: 1, p99: 5, rss: 100e6 }
  return { ...rest, serverCpu, databaseCpu }
}

/** A case for tests of the report. */
export function aCase(name: string, changes: Partial<CaseResult> = {}): CaseResult {
  return {
    name,
    title: name,
    group: 'peer',
    backend: 'none',
    bare: 'node',
    floor: null,
    configuration: 'Defaults.',
    rounds: [aRound(10)],
    databaseWork: null,
    statistics: {},
    loaded: 2,
    ...changes,
  }
}

/** A run that measured these cases, for tests of the report. */
export function aRun(cases: readonly CaseResult[], changes: Partial<Results> = {}): Results {
  const machine = {
    cpu: 'a processor',
    cores: 2,
    memory: 24,
    system: 'linux',
    loadAverage: 0,
    node: '26.10.0',
    postgres: '18.4',
  }
  const settings = { sessions: 10_000, connections: 16, rounds: 1, measured: 2 }
  const facts = { date: '2026-11-27T12:00:00.000Z', machine, versions: {}, settings }
  return { facts, cases, checks: [], propagation: [], ...changes }
}
