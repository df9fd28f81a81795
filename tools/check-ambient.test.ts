import { describe, expect, it } from 'vitest'
import { findAmbientUses } from './check-ambient.ts'

const inside = 'packages/coatcheck/src/sessions/verify.ts'
const adapter = 'apps/mjrwtf/src/adapters/persistence/links.ts'

function messages(path: string, text: string): readonly string[] {
  return findAmbientUses({ path, text }).map((finding) => finding.message)
}

describe('findAmbientUses', () => {
  it.each([
    'Date.now()',
    "Date['now']()",
    'globalThis.Date.now()',
    'new Date()',
    'Date()',
    'performance.now()',
    'process.hrtime.bigint()',
    'Math.random()',
    'crypto.randomUUID()',
    'globalThis.crypto.getRandomValues(bytes)',
    "import { randomUUID } from 'node:crypto'",
    "import { randomBytes as bytes } from 'node:crypto'",
    "console.log('x')",
    "createHash('md5')",
    "crypto.createHash('sha1')",
    "createHmac('SHA1', key)",
    'createHash(algorithm)',
    "hkdfSync('sha1', key, salt, info, 32)",
  ])('reports %s', (text) => {
    expect(messages(inside, text)).toHaveLength(1)
  })

  it.each([
    'new Date(instant)',
    'Date.parse(text)',
    'clock.now()',
    'random.bytes(32)',
    "createHash('sha256')",
  ])('accepts %s', (text) => {
    expect(messages(inside, text)).toEqual([])
  })

  it('accepts the clock and the random source in their ports', () => {
    expect(messages('packages/coatcheck/src/ports/system.ts', 'Date.now()')).toEqual([])
    const text = "import { randomBytes } from 'node:crypto'"
    expect(messages('packages/coatcheck/src/ports/system.ts', text)).toEqual([])
  })

  it('accepts SHA-1 in the range service client and in codes of authenticator apps only', () => {
    const text = "createHmac('sha1', key)"
    const service = 'apps/mjrwtf/src/adapters/passwords/range-service.ts'
    expect(messages(service, text)).toEqual([])
    expect(messages('apps/mjrwtf/src/domain/totp.ts', text)).toEqual([])
    expect(messages(adapter, text)).toHaveLength(1)
  })

  it('accepts a test of the class of a value in the app only', () => {
    const text = 'if (error instanceof SessionError) throw error'
    expect(messages('packages/coatcheck/src/http/guards/refusals.ts', text)).toHaveLength(1)
    expect(messages(adapter, text)).toEqual([])
  })

  it('accepts time and random bytes in adapters, not Math.random or the console', () => {
    expect(messages(adapter, 'new Date(), crypto.randomUUID()')).toEqual([])
    expect(messages(adapter, 'Math.random(), console.error(1)')).toHaveLength(2)
  })
})
