import { randomBytes } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  crc32,
  formatPersonalToken,
  hasTokenChecksum,
  maxTokenLifetime,
  personalTokenPattern,
  tokenState,
} from './personal-token.ts'
import { day } from './time.ts'

const token = formatPersonalToken(new Uint8Array(32).fill(7))

describe('personal access tokens', () => {
  it('have a prefix, 256 random bits and a checksum, for the least and the greatest secret', () => {
    for (const byte of [0x00, 0x01, 0xff]) {
      const edge = formatPersonalToken(new Uint8Array(32).fill(byte))
      expect(edge).toMatch(personalTokenPattern)
      expect(hasTokenChecksum(edge)).toBe(true)
    }
    const tokens = Array.from({ length: 1_000 }, () => formatPersonalToken(randomBytes(32)))
    expect(new Set(tokens).size).toBe(1_000)
    expect(tokens.filter((each) => !hasTokenChecksum(each))).toEqual([])
  })

  it('reveals every wrong, missing, extra or swapped character by the checksum', () => {
    const start = 'mjr_pat_'.length
    const changed = [...token].map((character, index) =>
      index < start
        ? ''
        : token.slice(0, index) + (character === 'x' ? 'y' : 'x') + token.slice(index + 1),
    )
    const swapped = token.replace(/(.)(?!\1)(.)(.{6})$/, '$2$1$3')
    const wrong = [
      ...changed,
      swapped,
      token.slice(0, -1),
      `${token}0`,
      token.slice(start),
      token.replace('pat', 'PAT'),
      token.toLowerCase(),
      ` ${token}`,
      `${token}\n`,
      '',
    ]
    expect(wrong.filter((each) => each !== token && hasTokenChecksum(each))).toEqual([])
  })

  it('has the checksum of zlib', () => {
    expect(crc32('123456789')).toBe(0xcbf43926)
    for (const text of ['', 'a', token]) expect(crc32(text)).toBe(zlibCrc32(text))
  })

  it('is about to expire in its last week, and expires at the instant', () => {
    const expiresAt = maxTokenLifetime
    const aToken = {
      ...{ id: 'id', userId: 'user', name: 'CI', scopes: [], networks: [] },
      ...{ createdAt: 0, expiresAt, lastUsedAt: null, lastUsedIpAddress: null },
    }
    const states = [expiresAt - 7 * day - 1, expiresAt - 7 * day, expiresAt - 1, expiresAt]
    expect(states.map((now) => tokenState(aToken, now))).toEqual([
      'active',
      'expires-soon',
      'expires-soon',
      'expired',
    ])
  })
})
