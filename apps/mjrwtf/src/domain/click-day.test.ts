import { expect, it } from 'vitest'
import type { Click } from './click.ts'
import { addToDay, clicksOf, otherOrigin } from './click-day.ts'
import { hour, minute } from './time.ts'

const midnight = Date.parse('2030-06-01T00:00:00Z')

function aClick(overrides: Partial<Click> = {}): Click {
  const origins = { referrerHost: null, country: null, agent: null }
  return { id: 'id', linkId: 'link', at: midnight, ...origins, count: 1, ...overrides }
}

it('addToDay counts clicks of one quarter-hour and origin in one cell', () => {
  const at = midnight + 13 * hour
  const first = addToDay([], [aClick({ at }), aClick({ at: at + 15 * minute - 1, count: 3 })])
  const cells = addToDay(first, [
    aClick({ at: at + 15 * minute }),
    aClick({ at, agent: 'Firefox' }),
  ])
  const origins = { referrerHost: null, country: null, agent: null }
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
  const cells = batches.reduce<ReturnType<typeof addToDay>>(addToDay, [])
  expect(clicksOf(cells)).toBe(5_000)
  expect(cells.length).toBeLessThan(1_000)
})

it('addToDay still counts a known origin separately when the cells are exhausted', () => {
  const known = aClick({ referrerHost: 'known.example' })
  const flood = Array.from({ length: 2_000 }, (_, n) => aClick({ referrerHost: `${n}.example` }))
  const cells = addToDay([], [known, ...flood, known])
  const clicksFrom = (host: string) =>
    cells.filter(({ referrerHost }) => referrerHost === host).map(({ clicks }) => clicks)
  expect(clicksFrom('known.example')).toEqual([2])
  expect(clicksFrom(otherOrigin)).toEqual([2_000 - 599])
})
