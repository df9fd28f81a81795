import { describe, expect, it } from 'vitest'
import { isStale } from './install.mjs'

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
