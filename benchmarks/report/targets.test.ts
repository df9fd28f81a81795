import { describe, expect, it } from 'vitest'
import { cases } from '../cases/all-cases.ts'
import { aCase, aRound, aRun } from './sample-results.ts'
import { compared, findings } from './targets.ts'

const measured = [
  aCase('node', { group: 'bare', rounds: [aRound(20)] }),
  aCase('jose-hs256', { rounds: [aRound(100)] }),
  aCase('coatcheck-postgres-cached', {
    ...{ title: 'Coatcheck', group: 'coatcheck' },
    rounds: [aRound(25, 3)],
  }),
]

describe('findings', () => {
  it('adds server and database time', () => {
    const found = findings(aRun(measured))
    expect(found.map(({ name, target, measured }) => [name, target, measured])).toEqual([
      ['Coatcheck, against node', 1.35, 1.4],
      ['Coatcheck, against jose-hs256', 0.35, 0.28],
      ['Coatcheck, against jose-hs256: overhead over node:http', 0.35, 0.1],
    ])
  })

  it('omits targets that were not measured', () => {
    expect(findings(aRun(measured.slice(1, 2)))).toEqual([])
    const unknown = aCase('coatcheck-postgres-cached', { rounds: [aRound(25, null)] })
    expect(findings(aRun([...measured.slice(0, 2), unknown]))).toEqual([])
  })

  it('compares verification without HTTP', () => {
    const checks = [
      { name: 'jose-hs256', title: 'jose', cpu: [40, 60] },
      { name: 'coatcheck-postgres-cached', title: 'Coatcheck', cpu: [4, 3] },
    ]
    const [found] = findings(aRun([], { checks }))
    expect(found?.measured).toBeCloseTo(0.07)
    expect(found?.paired?.high).toBe(0.1)
  })

  it('compares the 99th percentile of revocations with the target', () => {
    const delays = [...Array.from({ length: 99 }, () => 2), 500, 500, 500]
    const [found] = findings(aRun([], { propagation: [{ backend: 'X', delays, hits: 1 }] }))
    expect(found).toMatchObject({ target: 50, unit: 'ms', measured: 500 })
  })
})

describe('compared', () => {
  it('names existing servers and all that the targets use', () => {
    expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining([...compared]))
    const everything = cases.map((each) => aCase(each.name, { title: each.name }))
    const whole = findings(aRun(everything)).flatMap(({ name }) => name.split(/, against |: /))
    const named = whole.filter((name) => cases.some((each) => each.name === name))
    expect([...new Set(named)].filter((name) => !compared.includes(name))).toEqual([])
    expect(named).not.toEqual([])
  })
})
