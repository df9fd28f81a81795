import { describe, expect, it } from 'vitest'
import { findExportMismatches } from './check-exports.ts'

const agreed = {
  entries: ['index', 'sqlite'],
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './sqlite': { types: './dist/sqlite.d.ts', default: './dist/sqlite.js' },
    './package.json': './package.json',
  },
  built: ['index.js', 'index.d.ts', 'sqlite.js', 'sqlite.d.ts'],
}

describe('findExportMismatches', () => {
  it('finds no mismatch if the three lists agree', () => {
    expect(findExportMismatches(agreed)).toEqual([])
  })

  it('reports an entry without an export and an export without an entry', () => {
    const { './sqlite': _, ...fewer } = agreed.exports
    expect(findExportMismatches({ ...agreed, exports: fewer })).toHaveLength(1)
    const more = { ...agreed.exports, './redis': './dist/redis.js' }
    expect(findExportMismatches({ ...agreed, exports: more })).toHaveLength(1)
  })

  it('reports an export with a wrong target', () => {
    const exports = { ...agreed.exports, './sqlite': './src/sqlite.ts' }
    expect(findExportMismatches({ ...agreed, exports })).toHaveLength(1)
  })

  it('reports missing build output and output without a source', () => {
    expect(findExportMismatches({ ...agreed, built: agreed.built.slice(1) })).toHaveLength(1)
    expect(findExportMismatches({ ...agreed, built: [...agreed.built, 'old.js'] })).toHaveLength(1)
  })
})
