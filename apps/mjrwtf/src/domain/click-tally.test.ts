import { describe, expect, it } from 'vitest'
import { type Click, unknownSource } from './click.ts'
import { addToDay, emptyDay, packCells } from './click-day.ts'
import { createClickTally, topCounts } from './click-tally.ts'
import { hour, minute, second } from './time.ts'

const midnight = Date.parse('2030-06-01T00:00:00Z')

function aClick(at: number, overrides: Partial<Click> = {}): Click {
  return { id: 'id', linkId: 'link', at, ...unknownSource, count: 1, ...overrides }
}

function dayWith(...clicks: readonly Click[]) {
  const { cells, sums } = addToDay(emptyDay, clicks)
  return { day: '2030-06-01', cells: packCells(cells), sums }
}

describe('createClickTally', () => {
  it('counts the quarter-hours of each bucket and ignores those outside', () => {
    const tally = createClickTally([
      { start: midnight + hour, end: midnight + 2 * hour },
      { start: midnight + 2 * hour, end: midnight + 3 * hour },
    ])
    const times = [0, hour, 2 * hour - 1, 2 * hour, 3 * hour]
    const clicks = times.map((time) => aClick(midnight + time))
    expect(tally.addDay(dayWith(...clicks))).toEqual([])
    expect(tally.clicks).toEqual([2, 1])
  })

  it('leaves quarter-hours that a boundary divides to their clicks', () => {
    const boundary = midnight + hour + 7 * minute
    const tally = createClickTally([
      { start: midnight, end: boundary },
      { start: boundary, end: midnight + 2 * hour },
    ])
    const clicks = [aClick(boundary - 1), aClick(boundary, { count: 4 }), aClick(midnight)]
    expect(tally.addDay(dayWith(...clicks))).toEqual([
      { start: midnight + hour, end: midnight + hour + 15 * minute },
    ])
    tally.addClicks(clicks.slice(0, 2))
    expect(tally.clicks).toEqual([2, 4])
  })

  it('leaves a quarter-hour that contains all buckets to its clicks', () => {
    const tally = createClickTally([{ start: midnight + minute, end: midnight + 2 * minute }])
    const clicks = [aClick(midnight + 90 * second), aClick(midnight + 3 * minute)]
    expect(tally.addDay(dayWith(...clicks))).toHaveLength(1)
    tally.addClicks(clicks)
    expect(tally.clicks).toEqual([1])
  })

  it('counts a whole day from its sums, with the same result as from its cells', () => {
    const buckets = [
      { start: midnight - hour, end: midnight + 2 * hour },
      { start: midnight + 2 * hour, end: midnight + 25 * hour },
    ]
    const origins = [{ referrerHost: 'a.example', country: 'NL' }, { agent: 'Firefox' }, {}]
    const clicks = Array.from({ length: 300 }, (_, n) =>
      aClick(midnight + n * 4 * minute, { ...origins[n % 3], count: (n % 4) + 1 }),
    )
    const [fromSums, fromCells] = [createClickTally(buckets), createClickTally(buckets)]
    const { sums } = dayWith(...clicks)
    expect(fromSums.addSummary({ day: '2030-06-01', sums })).toBe(true)
    expect(fromCells.addDay(dayWith(...clicks))).toEqual([])
    expect(fromSums.clicks).toEqual(fromCells.clicks)
    expect(fromSums.byOrigin).toEqual(fromCells.byOrigin)
    expect(fromSums.byHour).toEqual(fromCells.byHour)
  })

  it('does not count a day from its sums if a bucket covers a part of it', () => {
    const { sums } = dayWith(aClick(midnight), aClick(midnight + hour))
    for (const end of [midnight + hour, midnight + hour + minute]) {
      const tally = createClickTally([{ start: midnight, end }])
      expect(tally.addSummary({ day: '2030-06-01', sums })).toBe(false)
      expect(tally.clicks).toEqual([0])
    }
  })

  it('counts origins within the buckets only', () => {
    const tally = createClickTally([{ start: midnight, end: midnight + hour }])
    const inside = { referrerHost: 'a.example', country: 'NL', agent: 'Firefox' }
    tally.addDay(
      dayWith(
        aClick(midnight, inside),
        aClick(midnight + minute, { ...inside, count: 2 }),
        aClick(midnight + hour, { referrerHost: 'b.example' }),
      ),
    )
    const { referrerHost, country, agent } = tally.byOrigin
    expect([...referrerHost, ...country, ...agent]).toEqual([
      ['a.example', 3],
      ['NL', 3],
      ['Firefox', 3],
    ])
  })

  it('counts bots apart, in their buckets, and leaves divided quarter-hours to their clicks', () => {
    const boundary = midnight + hour + minute
    const tally = createClickTally([
      { start: midnight, end: boundary },
      { start: boundary, end: midnight + 25 * hour },
    ])
    const bot = { isBot: true, agent: 'Slack', count: 2 }
    const clicks = [aClick(midnight, bot), aClick(boundary, bot), aClick(midnight)]
    const day = dayWith(...clicks)
    expect(tally.addSummary(day)).toBe(false)
    tally.addDay(day)
    expect(tally.addBots(day)).toEqual([
      { start: midnight + hour, end: midnight + hour + 15 * minute },
    ])
    tally.addClicks(clicks.slice(1, 2))
    expect([tally.clicks, tally.botClicks]).toEqual([
      [1, 0],
      [2, 2],
    ])
    expect([...tally.byBot]).toEqual([['Slack', 4]])
    expect([...tally.byOrigin.agent]).toEqual([[null, 1]])
  })

  it('counts by the hour of the zone', () => {
    const buckets = [{ start: midnight, end: midnight + 24 * hour }]
    const tally = createClickTally(buckets, (at) => (((at - midnight) / hour + 5.75) | 0) % 24)
    tally.addSummary(dayWith(aClick(midnight), aClick(midnight + 15 * minute, { count: 3 })))
    expect(
      tally.byHour.flatMap((clicks, hourOfDay) => (clicks > 0 ? [[hourOfDay, clicks]] : [])),
    ).toEqual([
      [5, 1],
      [6, 3],
    ])
  })
})

describe('topCounts', () => {
  it('sorts by clicks, then by name, and limits the number', () => {
    const counts = new Map([
      ['b', 1],
      [null, 1],
      ['a', 1],
      ['c', 5],
    ])
    const keys = topCounts(counts, 3).map(({ key }) => key)
    expect(keys).toEqual(['c', 'a', 'b'])
  })
})
