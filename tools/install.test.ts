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
  it('is so when nothing was installed, or the installation broke off', () => {
    expect(isStale(wanted, null)).toBe(true)
  })

  it('is not when everything but the packages of other platforms is there', () => {
    expect(isStale(wanted, { packages: { 'node_modules/hono': hono } })).toBe(false)
  })

  it('does not mind packages that somebody added', () => {
    const added = { version: '1.0.0', integrity: 'sha512-c' }
    expect(
      isStale(wanted, { packages: { 'node_modules/hono': hono, 'node_modules/x': added } }),
    ).toBe(false)
  })

  it('is so when a package is missing, has another version, or other contents', () => {
    expect(isStale(wanted, { packages: {} })).toBe(true)
    for (const change of [{ version: '4.0.1' }, { integrity: 'sha512-x' }]) {
      expect(isStale(wanted, { packages: { 'node_modules/hono': { ...hono, ...change } } })).toBe(
        true,
      )
    }
  })
})
