import { createFakeClock } from 'coatcheck/testing'
import { describe, expect, it } from 'vitest'
import type { SharedTokenUse, TokenAuthPhase } from '../../domain/shared-token.ts'
import { day, hour } from '../../domain/time.ts'
import { createSharedTokens, sumUses } from './shared-tokens.ts'

const curl = { ipAddress: '192.0.2.7', userAgent: 'curl/8.5.0 (x86_64)' }

function open(phase: TokenAuthPhase, sunset: number | null = null) {
  const clock = createFakeClock()
  const calls: string[] = []
  const lines: object[] = []
  const uses: SharedTokenUse[] = []
  let failures = 0
  const sharedTokens = createSharedTokens({
    sharedTokens: {
      list: async () => [use('hash of shared toke', 'curl'), use('former', 'wget')],
      async startDeprecation(at) {
        calls.push('start')
        if (failures-- > 0) throw new Error('database failed')
        return at
      },
      async endDeprecation() {
        calls.push('end')
      },
    },
    options: { authTokens: ['one', 'two'], phase, sunset },
    codeHasher: { hash: (text) => `${text.split('\n')[1]}-key-and-more` },
    addSharedTokenUse: (each) => void uses.push(each),
    clock,
    log: { info() {}, error() {}, warn: (fields) => void lines.push(fields) },
  })
  function fail(): void {
    failures = 1
  }

  return { sharedTokens, clock, calls, lines, uses, fail }
}

function use(tokenKey: string, client: string): SharedTokenUse {
  return { tokenKey, client, uses: 1, firstUsedAt: 1, lastUsedAt: 2 }
}

describe('shared tokens', () => {
  it('record uses by token and client, without the token', () => {
    const { sharedTokens, uses, clock } = open('enabled')
    sharedTokens.recordUse(1, curl)
    sharedTokens.recordUse(0, { ipAddress: null, userAgent: null })
    const at = { uses: 1, firstUsedAt: clock.now(), lastUsedAt: clock.now() }
    expect(uses).toEqual([
      { tokenKey: 'two-key-and-', client: '192.0.2.7 curl/8.5.0', ...at },
      { tokenKey: 'one-key-and-', client: 'unknown address unknown program', ...at },
    ])
  })

  it('log the use of a deprecated token once an hour for each client', () => {
    const { sharedTokens, lines, clock } = open('deprecated')
    sharedTokens.recordUse(0, curl)
    sharedTokens.recordUse(0, curl)
    sharedTokens.recordUse(1, curl)
    clock.advance(hour)
    sharedTokens.recordUse(0, curl)
    const line = { event: 'shared-token-used', client: '192.0.2.7 curl/8.5.0' }
    expect(lines).toEqual([
      { ...line, token: 1, tokenKey: 'one-key-and-' },
      { ...line, token: 2, tokenKey: 'two-key-and-' },
      { ...line, token: 1, tokenKey: 'one-key-and-' },
    ])
  })

  it('are not logged while they are enabled', () => {
    const { sharedTokens, lines } = open('enabled')
    sharedTokens.recordUse(0, curl)
    expect(lines).toEqual([])
  })

  it('have the dates of their deprecation, read once, and again after a failure', async () => {
    const { sharedTokens, calls, clock, fail } = open('deprecated')
    fail()
    await expect(sharedTokens.deprecation()).rejects.toThrow('database failed')
    const since = clock.now() - (clock.now() % 1_000)
    const dates = { since, sunset: since + 180 * day }
    expect(await sharedTokens.deprecation()).toEqual(dates)
    clock.advance(day)
    expect(await sharedTokens.deprecation()).toEqual(dates)
    expect(calls).toEqual(['start', 'start'])
  })

  it('have the sunset that the operator has chosen', async () => {
    const { sharedTokens } = open('deprecated', 123)
    expect(await sharedTokens.deprecation()).toMatchObject({ sunset: 123 })
  })

  it('forget their deprecation when they are enabled again', async () => {
    const { sharedTokens, calls } = open('enabled')
    expect(await sharedTokens.deprecation()).toBe(null)
    expect(calls).toEqual(['end'])
  })

  it('are reported in the order of the configuration, then those of earlier ones', async () => {
    const { sharedTokens } = open('enabled')
    const report = await sharedTokens.report()
    expect(report.map(({ number, uses }) => [number, uses.length])).toEqual([
      [1, 0],
      [2, 0],
      [null, 1],
      [null, 1],
    ])
  })
})

it('sumUses: adds up the uses of each token and client', () => {
  const one = use('one', 'curl')
  expect(sumUses([one, use('two', 'curl'), { ...one, firstUsedAt: 0, lastUsedAt: 9 }])).toEqual([
    { ...one, uses: 2, firstUsedAt: 0, lastUsedAt: 9 },
    use('two', 'curl'),
  ])
})
