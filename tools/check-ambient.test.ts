import { describe, expect, it } from 'vitest'
import { findAmbientUses } from './check-ambient.ts'

const inside = 'packages/coatcheck/src/sessions/verify.ts'
const adapter = 'apps/mjrwtf/src/adapters/persistence/links.ts'

function objections(path: string, text: string): readonly string[] {
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
  ])('objects to %s', (text) => {
    expect(objections(inside, text)).toHaveLength(1)
  })

  it.each([
    'new Date(instant)',
    'Date.parse(text)',
    'clock.now()',
    'random.bytes(32)',
    "createHash('sha256')",
  ])('does not mind %s', (text) => {
    expect(objections(inside, text)).toEqual([])
  })

  it('lets the system clock and the system randomness be where they are', () => {
    expect(objections('packages/coatcheck/src/ports/clock.ts', 'Date.now()')).toEqual([])
    const text = "import { randomBytes } from 'node:crypto'"
    expect(objections('packages/coatcheck/src/ports/random-source.ts', text)).toEqual([])
  })

  it('lets SHA-1 be where a range service is asked, and nowhere else', () => {
    const text = "createHash('sha1')"
    const asking = 'apps/mjrwtf/src/adapters/passwords/range-service.ts'
    expect(objections(asking, text)).toEqual([])
    expect(objections(adapter, text)).toHaveLength(1)
  })

  it('lets adapters tell the time and draw bytes, but neither guessable ones nor speak', () => {
    expect(objections(adapter, 'new Date(), crypto.randomUUID()')).toEqual([])
    expect(objections(adapter, 'Math.random(), console.error(1)')).toHaveLength(2)
  })
})
