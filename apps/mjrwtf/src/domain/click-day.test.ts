import { expect, it } from 'vitest'
import { type Click, unknownSource } from './click.ts'
import { otherOrigin } from './click-cell.ts'
import { addToDay, clicksOf, emptyDay } from './click-day.ts'
import { sumLimits } from './click-sums.ts'
import { hour, minute } from './time.ts'

const midnight = Date.parse('2030-06-01T00:00:00Z')

function aClick(overrides: Partial<Click> = {}): Click {
  return { id: 'id', linkId: 'link', at: midnight, ...unknownSource, count: 1, ...overrides }
}

it('addToDay counts clicks of one quarter-hour and origin in one cell', () => {
  const at = midnight + 13 * hour
  const first = addToDay(emptyDay, [aClick({ at }), aClick({ at: at + 15 * minute - 1, count: 3 })])
  const { cells } = addToDay(first, [
    aClick({ at: at + 15 * minute }),
    aClick({ at, agent: 'Firefox' }),
  ])
  const { isBot: _, ...origins } = unknownSource
  expect(cells).toEqual([
    { slot: 52, ...origins, clicks: 4 },
    { slot: 53, ...origins, clicks: 1 },
    { slot: 52, ...origins, agent: 'Firefox', clicks: 1 },
  ])
})

it('addToDay counts every click but limits the cells for invented origins', () => {
  const clicks = Array.from({ length: 5_000 }, (_, n) => {
    const invented = { referrerHost: `${n}.example`, country: `${n % 300}`, agent: `${n % 7}` }
    return aClick({ at: midnight + (n % 96) * 15 * minute, ...invented })
  })
  const batches = Array.from({ length: 50 }, (_, n) => clicks.slice(n * 100, n * 100 + 100))
  const { cells } = batches.reduce(addToDay, emptyDay)
  expect(clicksOf(cells)).toBe(5_000)
  expect(cells.length).toBeLessThan(1_000)
})

it('addToDay still counts a known origin separately when the cells are exhausted', () => {
  const known = aClick({ referrerHost: 'known.example' })
  const flood = Array.from({ length: 2_000 }, (_, n) => aClick({ referrerHost: `${n}.example` }))
  const { cells } = addToDay(emptyDay, [known, ...flood, known])
  const clicksFrom = (host: string) =>
    cells.filter(({ referrerHost }) => referrerHost === host).map(({ clicks }) => clicks)
  expect(clicksFrom('known.example')).toEqual([2])
  expect(clicksFrom(otherOrigin)).toEqual([2_000 - 599])
})

it('addToDay sums every click of a busy day by origin, whatever its cells hold', () => {
  const countries = Array.from({ length: 200 }, (_, n) => `C${n}`)
  const clicks = Array.from({ length: 4_000 }, (_, n) => {
    const at = midnight + (n % 96) * 15 * minute
    return aClick({ at, country: countries[n % 200] ?? '', city: `City ${n % 250}` })
  })
  const { sums, cells } = addToDay(emptyDay, clicks)
  const [, byCountry = [], , byCity = []] = sums.counts
  expect([byCountry.length / 2, byCity.length / 2]).toEqual([200, 250])
  expect(cells.some(({ country }) => country === otherOrigin)).toBe(true)
})

it('addToDay limits the names that its sums hold, and counts bots in no cell', () => {
  const clicks = Array.from({ length: 1_000 }, (_, n) => [
    aClick({ referrerHost: `${n}.example` }),
    aClick({ isBot: true, agent: `bot ${n}` }),
  ])
  const { sums, cells } = addToDay(emptyDay, clicks.flat())
  expect((sums.counts[0] ?? []).length / 2).toBe(sumLimits.origins + 1)
  expect(sums.bots.length / 3).toBe(sumLimits.bots + 1)
  expect(clicksOf(cells)).toBe(1_000)
})
