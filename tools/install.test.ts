import { describe, expect, it } from 'vitest'
import { hasDevelopmentPackages, isStale } from './install.mjs'

const wanted = {
  packages: {
    '': { version: '0.0.0' },
    'packages/coatcheck': { version: '0.1.0' },
    'node_modules/coatcheck': { link: true },
    'node_modules/hono': { version: '4.0.0', integrity: 'sha512-a' },
    'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  },
}
const hono = { version: '4.0.0', integrity: 'sha512-a' }

describe('isStale', () => {
  it('returns true if nothing was installed or an installation was interrupted', () => {
    expect(isStale(wanted, null)).toBe(true)
  })

  it('returns false if only packages of other platforms are missing', () => {
    expect(isStale(wanted, { packages: { 'node_modules/hono': hono } })).toBe(false)
  })

  it('ignores packages that are not in the lock file', () => {
    const added = { version: '1.0.0', integrity: 'sha512-c' }
    expect(
      isStale(wanted, { packages: { 'node_modules/hono': hono, 'node_modules/x': added } }),
    ).toBe(false)
  })

  it('returns true if a package is missing or its version or content differs', () => {
    expect(isStale(wanted, { packages: {} })).toBe(true)
    for (const change of [{ version: '4.0.1' }, { integrity: 'sha512-x' }]) {
      expect(isStale(wanted, { packages: { 'node_modules/hono': { ...hono, ...change } } })).toBe(
        true,
      )
    }
  })
})

describe('an installation for npm start', () => {
  const vitest = { version: '5.0.0', integrity: 'sha512-v' }
  const withTests = {
    packages: {
      'node_modules/hono': hono,
      'node_modules/vitest': { ...vitest, devOptional: true },
      'node_modules/biome': { ...vitest, dev: true },
    },
  }
  const production = { packages: { 'node_modules/hono': hono } }

  it('is complete without the packages of development', () => {
    expect(isStale(withTests, production, 'production')).toBe(false)
    expect(isStale(withTests, production)).toBe(true)
  })

  it('is stale if a package of production is missing or differs', () => {
    expect(isStale(withTests, { packages: {} }, 'production')).toBe(true)
    const changed = { packages: { 'node_modules/hono': { ...hono, version: '4.0.1' } } }
    expect(isStale(withTests, changed, 'production')).toBe(true)
  })

  it('keeps the packages of development where they are installed', () => {
    expect(hasDevelopmentPackages(withTests)).toBe(true)
    expect(hasDevelopmentPackages(production)).toBe(false)
  })
})
