import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MmdbFile, writeMmdb } from '../../../test/support/mmdb.ts'
import { openGeoDatabase } from './mmdb-locator.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'places-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function openBytes(bytes: Buffer) {
  files += 1
  const path = join(folder, `${files}.mmdb`)
  writeFileSync(path, bytes)
  return openGeoDatabase(path)
}

function locatorFor(file: MmdbFile) {
  const result = openBytes(writeMmdb(file))
  if (result.status === 'failed') throw new Error(result.problem)
  return result.locateIp
}

const lyon = {
  country: { iso_code: 'FR', names: { en: 'France' } },
  city: { names: { en: 'Lyon', fr: 'Lyon' } },
  location: { latitude: 45.75, longitude: 4.85, accuracy_radius: 20, time_zone: 'Europe/Paris' },
}
const lyonLocation = {
  country: 'FR',
  city: 'Lyon',
  position: { latitude: 45.75, longitude: 4.85, accuracy: 20 },
}
const networks = { '203.0.113.0/24': lyon, '2001:db8:7::/48': { country: { iso_code: 'NZ' } } }

describe.each([24, 28, 32] as const)('a GeoIP file with %i-bit records', (recordSize) => {
  const locate = (address: string | null) => locatorFor({ networks, recordSize })(address)

  it('returns country, city and position for IPv4 and IPv6', () => {
    expect(locate('203.0.113.77')).toEqual(lyonLocation)
    expect(locate('2001:db8:7:1::5')).toEqual({ country: 'NZ', city: null, position: null })
  })

  it.each([null, '', '203.0.114.1', '2001:db8:8::1', '127.0.0.1', '::1', 'unknown', '203.0.113'])(
    'returns null for %s',
    (address) => expect(locate(address)).toBeNull(),
  )
})

it('looks up IPv4 but not IPv6 in an IPv4-only file', () => {
  const locate = locatorFor({ networks: { '32.0.0.0/8': lyon }, ipVersion: 4 })
  expect(locate('32.1.2.3')).toEqual(lyonLocation)
  // Its first bits are those of 32.0.0.0.
  expect(locate('2001:db8::1')).toBeNull()
})

it.each([
  ['a country code of three characters', { country: { iso_code: 'FRA' } }],
  ['a country that is a number', { country: { iso_code: 33 } }],
  ['a latitude beyond the pole', { location: { latitude: 90.5, longitude: 0 } }],
  ['half a position', { location: { latitude: 10 } }],
  ['a record without location fields', { autonomous_system_number: 64_496 }],
])('ignores %s', (_, record) => {
  expect(locatorFor({ networks: { '198.51.100.0/24': record } })('198.51.100.1')).toBeNull()
})

it('truncates names and removes control characters', () => {
  const record = { city: { names: { en: `Ly\r\non${'x'.repeat(200)}` } } }
  const city = locatorFor({ networks: { '198.51.100.0/24': record } })('198.51.100.1')?.city
  expect(city).toMatch(/^Ly on[x]{95}$/)
})

describe('an unusable GeoIP file', () => {
  const validFile = writeMmdb({ networks })
  const metadata = validFile.subarray(validFile.indexOf('MaxMind.com') + 'MaxMind.com'.length)

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('Dear Ann, this is not a database. '.repeat(9_000))],
    ['half a download', validFile.subarray(0, validFile.length / 2)],
    ['the end of a file', validFile.subarray(-120)],
    ['metadata at the start', Buffer.concat([metadata, Buffer.alloc(500)])],
    ['a truncated tree', Buffer.concat([validFile.subarray(0, 40), validFile.subarray(-250)])],
    ['random metadata', Buffer.concat([validFile.subarray(0, -60), Buffer.alloc(60, 0xe7)])],
  ])('is rejected: %s', (_, bytes) => {
    expect(openBytes(bytes)).toEqual({
      status: 'failed',
      problem: 'is not a .mmdb file or is corrupt',
    })
  })

  it('is rejected if it has no locations, is a directory or is missing', () => {
    expect(openBytes(writeMmdb({ networks, databaseType: 'GeoLite2-ASN' }))).toEqual({
      status: 'failed',
      problem: 'contains neither cities nor countries',
    })
    expect(openGeoDatabase(folder)).toMatchObject({ problem: 'cannot be read (EISDIR)' })
    expect(openGeoDatabase(`${folder}/absent`)).toMatchObject({
      problem: 'cannot be read (ENOENT)',
    })
  })
})

it('returns null for a corrupt record without throwing', () => {
  const bytes = writeMmdb({ networks })
  const at = bytes.indexOf('iso_code')
  // Control bytes of an unknown type.
  bytes.fill(0x00, at - 10, at + 60)
  const result = openBytes(bytes)
  if (result.status === 'failed') throw new Error(result.problem)
  expect(result.locateIp('203.0.113.77')).toBeNull()
  expect(result.locateIp('2001:db8:7:1::5')).toMatchObject({ country: 'NZ' })
})
