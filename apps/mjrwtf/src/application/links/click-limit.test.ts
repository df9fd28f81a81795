import { describe, expect, it } from 'vitest'
import { type Click, unknownSource } from '../../domain/click.ts'
import { minute } from '../../domain/time.ts'
import { type ClickAdmission, clickLimits, createClickLimit } from './click-limit.ts'

const now = Date.parse('2030-06-01T12:00:00Z')

function aClick(overrides: Partial<Click> = {}): Click {
  return { id: 'id', linkId: 'link', at: now, ...unknownSource, count: 1, ...overrides }
}

function count(admissions: readonly ClickAdmission[]) {
  const groups = Map.groupBy(admissions, (admission) => admission)
  return Object.fromEntries([...groups].map(([admission, { length }]) => [admission, length]))
}

describe('createClickLimit', () => {
  it('stores ten clicks of a visitor on a link per minute and counts the others', () => {
    const admit = createClickLimit()
    const admissions = Array.from({ length: 500 }, () => admit('visitor', aClick()))
    expect(count(admissions)).toEqual({ stored: 10, counted: 490 })
    expect(admit('visitor', aClick({ at: now + minute - 1 }))).toBe('counted')
    expect(admit('visitor', aClick({ at: now + minute }))).toBe('stored')
    expect(admit('other', aClick())).toBe('stored')
  })

  it('limits the rows that one visitor causes with any links and referrers', () => {
    const admit = createClickLimit()
    const admissions = Array.from({ length: 50_000 }, (_, n) =>
      admit('visitor', aClick({ linkId: `${n % 1_000}`, referrerHost: `${n}.example` })),
    )
    const counts = count(admissions)
    expect(counts.stored).toBe(clickLimits.storedPerVisitor)
    expect(counts.counted).toBe(clickLimits.originsPerVisitor)
    expect(counts.ignored).toBe(50 * (1_000 - clickLimits.linksPerVisitor))
  })

  it('counts clicks of many visitors on one link together beyond a thousand', () => {
    const admit = createClickLimit()
    const admissions = Array.from({ length: 3_000 }, (_, n) => admit(`visitor ${n}`, aClick()))
    expect(count(admissions)).toEqual({ stored: 1_000, counted: 2_000 })
  })

  it('tracks a limited number of visitors and drops the oldest', () => {
    const admit = createClickLimit()
    for (let n = 0; n < 10; n += 1) admit('first', aClick())
    expect(admit('first', aClick())).toBe('counted')
    for (let n = 0; n < clickLimits.tracked; n += 1) admit(`${n}`, aClick({ linkId: `${n}` }))
    expect(admit('first', aClick())).toBe('stored')
  })
})
