import { describe, expect, it } from 'vitest'
import { localTimeInput, parseLocalTime } from './local-time.ts'

const berlin = 'Europe/Berlin'
const at = (text: string) => Date.parse(text)

describe('parseLocalTime', () => {
  it('reads the local time of the zone in summer and in winter', () => {
    const summer = { status: 'exact', instant: at('2030-07-01T10:30:00Z') }
    expect(parseLocalTime('2030-07-01T12:30', berlin)).toEqual(summer)
    const winter = { status: 'exact', instant: at('2030-12-31T22:59:30Z') }
    expect(parseLocalTime('2030-12-31T23:59:30', berlin)).toEqual(winter)
    const inIndia = { status: 'exact', instant: at('2030-01-01T00:00:00Z') }
    expect(parseLocalTime('2030-01-01T05:30', 'Asia/Kolkata')).toEqual(inIndia)
  })

  it('reads a text with an offset as that instant in any zone', () => {
    const exact = { status: 'exact', instant: at('2030-07-01T12:30:00Z') }
    expect(parseLocalTime('2030-07-01T12:30:00Z', berlin)).toEqual(exact)
    expect(parseLocalTime('2030-07-01T14:30:00+02:00', 'Asia/Tokyo')).toEqual(exact)
  })

  it('says that a time is skipped when clocks are set forward, and what comes after it', () => {
    const skipped = { status: 'skipped', next: at('2026-03-29T01:00:00Z') }
    expect(parseLocalTime('2026-03-29T02:00', berlin)).toEqual(skipped)
    expect(parseLocalTime('2026-03-29T02:59', berlin)).toEqual(skipped)
    expect(parseLocalTime('2026-03-29T01:59', berlin)?.status).toBe('exact')
    expect(parseLocalTime('2026-03-29T03:00', berlin)?.status).toBe('exact')
    // Half an hour.
    const lordHowe = { status: 'skipped', next: at('2026-10-03T15:30:00Z') }
    expect(parseLocalTime('2026-10-04T02:15', 'Australia/Lord_Howe')).toEqual(lordHowe)
    // A whole day.
    const apia = { status: 'skipped', next: at('2011-12-30T10:00:00Z') }
    expect(parseLocalTime('2011-12-30T12:00', 'Pacific/Apia')).toEqual(apia)
  })

  it('returns both instants of a time that occurs twice', () => {
    expect(parseLocalTime('2026-10-25T02:30', berlin)).toEqual({
      status: 'repeated',
      instant: at('2026-10-25T00:30:00Z'),
      later: at('2026-10-25T01:30:00Z'),
    })
    expect(parseLocalTime('2026-10-25T03:00', berlin)?.status).toBe('exact')
  })

  it('rejects other formats and dates that do not exist', () => {
    const invalid = ['', 'tomorrow', '2030-02-30T10:00', '2030-01-01', '2030-01-01T25:00']
    expect(invalid.map((text) => parseLocalTime(text, berlin))).toEqual(invalid.map(() => null))
  })
})

describe('localTimeInput', () => {
  it('returns the value of an input that parseLocalTime reads back', () => {
    const instant = at('2030-12-31T22:59:00Z')
    expect(localTimeInput(instant, berlin)).toBe('2030-12-31T23:59')
    expect(localTimeInput(instant, 'UTC')).toBe('2030-12-31T22:59')
    expect(parseLocalTime(localTimeInput(instant, berlin), berlin)).toMatchObject({ instant })
    expect(localTimeInput(null, berlin)).toBe('')
  })
})
