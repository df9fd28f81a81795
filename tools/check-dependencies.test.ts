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
  it('knows declared packages, their parts, built-in modules and neighbours', () => {
    expect(
      undeclared("import 'hono/cookie'; import '@a/b/c'; import 'node:fs'; import './y.ts'"),
    ).toBe(0)
  })

  it('finds a package that is only there by chance, also where just its types are meant', () => {
    expect(undeclared("import 'pg'; import type { A } from '@a/c'")).toBe(2)
  })
})

describe('findUnasked', () => {
  it('finds a run-time dependency of the library and a peer that is not optional', () => {
    const found = findUnexpectedDependencies('packages/coatcheck', {
      ...manifest,
      dependencies: { zod: '4' },
    })
    expect(found.map((finding) => finding.message)).toEqual([
      'zod may not be a dependency: the library has none at run time',
      'peer hono must be optional',
      'peer @a/b must be optional',
    ])
  })
})
