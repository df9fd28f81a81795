import { describe, expect, it } from 'vitest'
import { number, table } from './markdown.ts'
import { aCase, aRound, aRun } from './sample-results.ts'
import { activityLines, casesTable, databaseTable, targetsTable } from './tables.ts'

describe('number', () => {
  it.each([
    [0, '0'],
    [0.1234, '0.12'],
    [1.005, '1.00'],
    [12.34, '12.3'],
    [123.4, '123'],
    [12345, '12 345'],
    [1234567, '1 234 567'],
    [null, '—'],
    [Number.NaN, '—'],
  ])('writes %s as %s', (value, text) => {
    expect(number(value)).toBe(text)
  })
})

describe('table', () => {
  it('aligns columns of numbers to the right', () => {
    expect(table(['name', 'value'], [['a', '1']])).toBe(
      '| name | value |\n| --- | ---: |\n| a | 1 |',
    )
  })
})

describe('casesTable', () => {
  it('shows medians, spread and ratios to the bare server and the floor', () => {
    const rounds = [aRound(40, 60), aRound(44, 76), aRound(42, 68)]
    const results = aRun([
      aCase('node', { group: 'bare', rounds: [aRound(20), aRound(22), aRound(21)] }),
      aCase('floor', {
        backend: 'postgres',
        rounds: [aRound(30, 20), aRound(30, 20), aRound(30, 20)],
      }),
      aCase('ours', { backend: 'postgres', floor: 'floor', rounds }),
    ])
    expect(casesTable(results).split('\n').at(-1)).toBe(
      '| ours | 1 000 | 42.0 | 68.0 | 110 | 100–120 | 5.24 | 2.20 | 1.00 | 5.00 | 100 |',
    )
  })

  it('omits a total if one part is unknown', () => {
    const results = aRun([aCase('ours', { backend: 'postgres', rounds: [aRound(42, null)] })])
    expect(casesTable(results)).toContain('| ours | 1 000 | 42.0 | — | — | — | — | — |')
  })
})

describe('targetsTable', () => {
  it('states whether a target was reached', () => {
    const cached = (cpu: number) =>
      targetsTable(
        aRun([
          aCase('node', { group: 'bare', rounds: [aRound(100)] }),
          aCase('coatcheck-sqlite-cached', { rounds: [aRound(cpu)] }),
        ]),
      )
    expect(cached(135)).toMatch(/1\.35 × \| 1\.35 × .*\| yes \|$/m)
    expect(cached(136)).toMatch(/1\.35 × \| 1\.36 × .*\| no \|$/m)
  })
})

describe('databaseTable', () => {
  it('shows a server that reads less often than it should', () => {
    const databaseWork = { requests: 100, scans: 0, updated: 50, heapOnly: 49 }
    expect(databaseTable(aRun([aCase('idle', { databaseWork })]))).toContain(
      '| idle | 0 | 0.50 | 49.0 of 50.0 |',
    )
  })
})

describe('activityLines', () => {
  it('states how often activity and indexes were written', () => {
    const databaseWork = { requests: 100, scans: 100, updated: 50, heapOnly: 49 }
    const statistics = { activityStatements: 9, millisecondsApart: 1_004 }
    expect(
      activityLines(aRun([aCase('ours', { databaseWork, statistics, loaded: 10.2 })])),
    ).toEqual([
      'ours: activity: 9 statements in 10 seconds, never less than 1.00 s apart, 49 of 50 updates heap-only.',
    ])
  })
})
