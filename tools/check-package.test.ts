import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runAttw, runPublint } from './check-package.ts'
import { createTemporaryFolder, packPackage } from './programs.ts'

const sound = {
  name: 'planted',
  version: '1.0.0',
  type: 'module',
  sideEffects: false,
  license: 'MIT',
  files: ['dist'],
  engines: { node: '>=24' },
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
}

/** A package of one function, packed. */
function pack(manifest: object): Uint8Array<ArrayBuffer> {
  using source = createTemporaryFolder()
  using target = createTemporaryFolder()
  mkdirSync(join(source.path, 'dist'))
  writeFileSync(join(source.path, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(source.path, 'dist/index.js'), 'export function f() {}\n')
  writeFileSync(join(source.path, 'dist/index.d.ts'), 'export declare function f(): void\n')
  return new Uint8Array(readFileSync(packPackage(target.path, source.path)))
}

describe('package validation', () => {
  it('accepts a valid package', async () => {
    const tarball = pack(sound)
    expect([...(await runPublint(tarball)), ...(await runAttw(tarball))]).toEqual([])
  })

  it('reports an export whose file is missing', async () => {
    const tarball = pack({ ...sound, exports: { '.': './dist/missing.js' } })
    expect(await runPublint(tarball)).not.toEqual([])
  })

  it('reports declarations that do not match the code', async () => {
    const tarball = pack({
      ...sound,
      exports: { '.': { types: './dist/missing.d.ts', default: './dist/index.js' } },
    })
    expect(await runAttw(tarball)).not.toEqual([])
  })
})
