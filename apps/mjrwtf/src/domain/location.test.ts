import { describe, expect, it } from 'vitest'
import { countryName, distanceBetween, locationText, type Position } from './location.ts'

const at = (latitude: number, longitude: number): Position => ({
  latitude,
  longitude,
  accuracy: null,
})

it.each<[string, readonly [Position, Position], number]>([
  ['Lyon and Sydney', [at(45.75, 4.85), at(-33.87, 151.21)], 16_883],
  ['London and Paris', [at(51.51, -0.13), at(48.86, 2.35)], 344],
  ['the same point', [at(45.75, 4.85), at(45.75, 4.85)], 0],
  ['both sides of the antimeridian', [at(-17.8, 179.9), at(-17.8, -179.9)], 21],
  ['the antimeridian, written in both ways', [at(10, 180), at(10, -180)], 0],
  ['one pole and any longitude of it', [at(90, 0), at(90, 135)], 0],
  ['over the pole', [at(89.5, 0), at(89.5, 180)], 111],
  ['both poles', [at(90, 10), at(-90, 170)], 20_015],
  ['opposite points', [at(0, 0), at(0, 180)], 20_015],
])('measures the distance between %s', (_, [one, other], kilometres) => {
  expect(Math.abs(distanceBetween(one, other) - kilometres)).toBeLessThan(kilometres / 100 + 1)
  expect(distanceBetween(other, one)).toBeCloseTo(distanceBetween(one, other), 6)
})

describe('location text', () => {
  it.each([
    [{ country: 'FR', city: 'Lyon', position: null }, 'Lyon, France'],
    [{ country: 'NZ', city: null, position: null }, 'New Zealand'],
    [{ country: null, city: 'Lyon', position: null }, 'Lyon'],
    [{ country: null, city: null, position: at(1, 2) }, null],
    [null, null],
  ])('%o is %s', (location, text) => expect(locationText(location)).toBe(text))

  it('falls back to the country code without a name', () => {
    expect([countryName('QX'), countryName('<b>')]).toEqual(['QX', '<b>'])
  })
})
