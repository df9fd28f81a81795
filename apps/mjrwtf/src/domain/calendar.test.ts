import { describe, expect, it } from 'vitest'
import { addDays, parseDay } from './calendar-day.ts'
import { hour, minute } from './time.ts'
import { granularityOf, listBuckets } from './time-buckets.ts'
import { listTimeZones, parseTimeZone, utc } from './time-zone.ts'
import { createZoneCalendar } from './zone-calendar.ts'

const at = (text: string) => Date.parse(text)

describe('parseDay and addDays', () => {
  it.each(['1970-01-01', '2024-02-29', '2026-12-31', '2099-12-31'])('parses the day %s', (text) => {
    expect(parseDay(text)).toBe(text)
  })

  it.each([
    ...['', 'today', '2026', '2026-1-1', '26-01-01', '2026-02-30', '2026-02-29', '2026-13-01'],
    ...['2026-00-10', '2026-01-00', '2026-01-32', '1969-12-31', '2100-01-01', '0000-01-01'],
    ...['9999-12-31', '+002026-01-01', '2026-01-01T00:00', ' 2026-01-01', '2026-01-01\n'],
    ...['2026-01-01, 2026-01-02', '２０２６-01-01', '2026/01/01', '-2026-01-01'],
  ])('rejects the day %j', (text) => {
    expect(parseDay(text)).toBeNull()
  })

  it('adds days across months, years and leap days', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29')
    expect(addDays('2026-01-29', -29)).toBe('2025-12-31')
  })
})

describe('time zone names', () => {
  it.each([
    ['UTC', 'UTC'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['Asia/Katmandu', 'Asia/Kathmandu'],
    ['Asia/Kathmandu', 'Asia/Kathmandu'],
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ])('parses the zone %s', (text, zone) => {
    expect(parseTimeZone(text)).toBe(zone)
  })

  it.each([
    ...['', 'Mars/Olympus', 'Europe', '+02:00', '-0500', 'UTC, UTC', ' UTC', 'UTC\n', 'UTC\0'],
    ...['local', 'Europe/Berlin"><script>', 'a'.repeat(65), '../../etc/localtime', '__proto__'],
  ])('rejects the zone %j', (text) => {
    expect(parseTimeZone(text)).toBeNull()
  })

  it('lists each zone under the name that it parses to', () => {
    const zones = listTimeZones()
    expect(zones.length).toBeGreaterThan(300)
    expect(zones.map(parseTimeZone)).toEqual(zones)
    expect(new Set(zones).size).toBe(zones.length)
    expect(zones).not.toContain(utc)
  })
})

describe('local calendar day', () => {
  it.each([
    ['UTC', '2026-03-28T23:59:59.999Z', '2026-03-28'],
    ['Europe/Berlin', '2026-03-28T22:59:59.999Z', '2026-03-28'],
    ['Europe/Berlin', '2026-03-28T23:00:00.000Z', '2026-03-29'],
    ['America/New_York', '2026-03-29T03:59:59.999Z', '2026-03-28'],
    ['Asia/Kathmandu', '2026-01-01T18:14:59.999Z', '2026-01-01'],
    ['Asia/Kathmandu', '2026-01-01T18:15:00.000Z', '2026-01-02'],
    ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29'],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31'],
    ['Pacific/Kiritimati', '1999-12-31T10:00:00.000Z', '2000-01-01'],
  ])('in %s at %s is %s', (zone, instant, day) => {
    expect(createZoneCalendar(zone).dayAt(at(instant))).toBe(day)
  })
})

describe('time buckets', () => {
  const bucketsOf = (zone: string, from: string, to = from) =>
    listBuckets({ from, to }, createZoneCalendar(zone))
  const lengths = (zone: string, from: string, to: string) =>
    bucketsOf(zone, from, to).map(({ key, start, end }) => [key, (end - start) / hour])

  it.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    // Clocks are set forward and back at midnight.
    ['America/Sao_Paulo', '2018-11-04', 23],
    ['America/Havana', '2026-11-01', 25],
    ['Africa/Cairo', '2026-04-24', 23],
  ])('have the actual length of the day of a clock change: %s on %s', (zone, day, hours) => {
    const [before, after] = [addDays(day, -1), addDays(day, 1)]
    expect(lengths(zone, before, after)).toEqual([
      [before, 24],
      [day, hours],
      [after, 24],
    ])
  })

  it.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['America/New_York', '2026-03-08', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
    ['Asia/Kathmandu', '2026-01-15', '2026-01-14T18:15:00Z', '2026-01-15T18:15:00Z'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'],
    ['UTC', '2099-12-31', '2099-12-31T00:00:00Z', '2100-01-01T00:00:00Z'],
    // Clocks went back from 00:01 to 23:01: the day starts when it is first reached.
    ['America/St_Johns', '2006-10-29', '2006-10-29T02:30:00Z', '2006-10-30T03:30:00Z'],
    ['Africa/Monrovia', '1972-01-07', '1972-01-07T00:44:30Z', '1972-01-08T00:00:00Z'],
  ])('have exact boundaries in %s on %s', (zone, day, ...[start, end]) => {
    expect(bucketsOf(zone, day)).toEqual([{ key: day, start: at(start), end: at(end) }])
  })

  it('omit a day that the zone skipped', () => {
    expect(lengths('Pacific/Apia', '2011-12-29', '2011-12-31')).toEqual([
      ['2011-12-29', 24],
      ['2011-12-31', 24],
    ])
    expect(bucketsOf('Pacific/Apia', '2011-12-30')).toEqual([])
  })

  it('have no gaps and no overlaps in any zone', () => {
    const usual = [22, 23, 23.5, 24, 24.5, 25, 26]
    for (const zone of [utc, ...listTimeZones()]) {
      const buckets = bucketsOf(zone, '2026-10-20', '2026-11-05')
      expect([zone, buckets.length]).toEqual([zone, 17])
      for (const [n, bucket] of buckets.slice(1).entries()) {
        expect([zone, bucket.start]).toEqual([zone, buckets[n]?.end])
      }
      expect(usual).toEqual(
        expect.arrayContaining(buckets.map(({ start, end }) => (end - start) / hour)),
      )
    }
  })

  it('contain exactly the instants of their local day', () => {
    for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Asia/Tehran']) {
      const calendar = createZoneCalendar(zone)
      for (const { key, start, end } of bucketsOf(zone, '2026-03-01', '2026-04-30')) {
        const instants = [start, start + minute, start + 12 * hour, end - 1]
        expect(instants.map(calendar.dayAt)).toEqual(instants.map(() => key))
        expect([calendar.dayAt(start - 1), calendar.dayAt(end)]).toEqual([
          addDays(key, -1),
          addDays(key, 1),
        ])
      }
    }
  })

  it('are days up to 366 days, then months, and years beyond 366 months', () => {
    expect(granularityOf({ from: '2024-01-01', to: '2024-12-31' })).toBe('day')
    expect(granularityOf({ from: '2024-01-01', to: '2025-01-01' })).toBe('month')
    expect(granularityOf({ from: '1996-01-31', to: '2026-06-01' })).toBe('month')
    expect(granularityOf({ from: '1996-01-31', to: '2026-07-01' })).toBe('year')
    expect(bucketsOf('UTC', '2024-01-01', '2024-12-31')).toHaveLength(366)
    expect(bucketsOf('UTC', '1970-01-01', '2099-12-31')).toHaveLength(130)
  })

  it('of months and years start and end with the range', () => {
    const months = bucketsOf('Europe/Berlin', '2025-01-31', '2026-03-29')
    expect(months.map(({ key }) => key)).toEqual([
      ...Array.from({ length: 12 }, (_, n) => `2025-${String(n + 1).padStart(2, '0')}`),
      ...['2026-01', '2026-02', '2026-03'],
    ])
    expect(months.at(0)).toEqual({
      key: '2025-01',
      start: at('2025-01-30T23:00:00Z'),
      end: at('2025-01-31T23:00:00Z'),
    })
    expect(months.at(-1)).toMatchObject({ end: at('2026-03-29T22:00:00Z') })
    const years = bucketsOf('America/New_York', '1990-07-04', '2026-07-04')
    expect(years.at(1)).toEqual({
      key: '1991',
      start: at('1991-01-01T05:00:00Z'),
      end: at('1992-01-01T05:00:00Z'),
    })
    expect(years.at(-1)).toMatchObject({ key: '2026', end: at('2026-07-05T04:00:00Z') })
  })
})

it('hourAt returns the local hour, also on the days on which clocks are set', () => {
  const berlin = createZoneCalendar('Europe/Berlin')
  const hours = ['2026-03-29T00:59', '2026-03-29T01:00', '2026-03-28T23:30', '2026-07-01T22:15']
  expect(hours.map((text) => berlin.hourAt(Date.parse(`${text}Z`)))).toEqual([1, 3, 0, 0])
  expect(createZoneCalendar('Asia/Kathmandu').hourAt(Date.parse('2026-01-01T18:14Z'))).toBe(23)
})
