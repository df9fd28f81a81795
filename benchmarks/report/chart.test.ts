import { describe, expect, it } from 'vitest'
import { chartOf } from './chart.ts'
import { aCase, aRound, aRun } from './sample-results.ts'

const results = aRun([
  aCase('bare', { title: 'a < b & c', group: 'bare', rounds: [aRound(20)] }),
  aCase('ours', { group: 'coatcheck', backend: 'postgres', rounds: [aRound(40, 60)] }),
])

describe('chartOf', () => {
  it('draws bars with lengths proportional to the figures', () => {
    const widths = [
      ...chartOf(results).matchAll(
        /<rect class="(?:server|database)(?: ours)?" x="[\d.]+" y="\d+" width="(?<width>[\d.]+)" height="14"/g,
      ),
    ]
    const [bare = 0, server = 0, database = 0] = widths.map(({ groups }) => Number(groups?.width))
    expect(server / bare).toBeCloseTo(2, 1)
    expect(database / bare).toBeCloseTo(3, 1)
  })

  it('has a text alternative', () => {
    expect(chartOf(results)).toContain('<title id="title">Processor time of one request')
    expect(chartOf(results)).toContain('a &lt; b &amp; c: 20.0 µs; ours: 100 µs</desc>')
  })

  it('supports dark pages', () => {
    expect(chartOf(results)).toContain('@media(prefers-color-scheme:dark)')
  })

  it('omits figures that could not be measured', () => {
    const unknown = aCase('unknown', { backend: 'postgres', rounds: [aRound(40, null)] })
    expect(chartOf(aRun([...results.cases, unknown]))).not.toContain('unknown')
  })
})
