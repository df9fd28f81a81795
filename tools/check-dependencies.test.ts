import { describe, expect, it } from 'vitest'
import { findUndeclared, findUnexpectedDependencies } from './check-dependencies.ts'

const manifest = {
  name: 'coatcheck',
  version: '1.0.0',
  peerDependencies: { hono: '>=4', '@a/b': '1' },
}

function undeclared(text: string): number {
  return findUndeclared({ path: 'packages/coatcheck/src/x.ts', text }, [manifest]).length
}

describe('findUndeclared', () => {
  it('accepts declared packages, their subpaths, built-in modules and relative paths', () => {
    expect(
      undeclared("import 'hono/cookie'; import '@a/b/c'; import 'node:fs'; import './y.ts'"),
    ).toBe(0)
  })

  it('accepts optional dependencies', () => {
    const file = { path: 'apps/mjrwtf/src/x.ts', text: "await import('@a/d')" }
    const app = { ...manifest, optionalDependencies: { '@a/d': '1' } }
    expect(findUndeclared(file, [app])).toEqual([])
  })

  it('reports an undeclared package, also for a type-only import', () => {
    expect(undeclared("import 'pg'; import type { A } from '@a/c'")).toBe(2)
  })
})

describe('findUnexpectedDependencies', () => {
  it('reports a runtime dependency of the library and a required peer', () => {
    const found = findUnexpectedDependencies('packages/coatcheck', {
      ...manifest,
      dependencies: { zod: '4' },
    })
    expect(found.map((finding) => finding.message)).toEqual([
      'zod must not be a dependency: the library has none at run time',
      'peer hono must be optional',
      'peer @a/b must be optional',
    ])
  })
})
