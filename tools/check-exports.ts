import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Manifest, readManifest } from './manifest.ts'
import { type Finding, isTest, listFiles, root } from './repository.ts'

const home = 'packages/coatcheck'

/** Three lists that must agree: entries in `src`, the `exports` map and the build output. */
interface PublicSurface {
  /** Names of the entries in `src`, without extension. */
  readonly entries: readonly string[]
  readonly exports: NonNullable<Manifest['exports']>
  /** Names of the files directly in `dist`. */
  readonly built: readonly string[]
}

/** The library's entries, `exports` map and build output agree. Needs a build. */
export function checkExports(): readonly Finding[] {
  return findExportMismatches({
    entries: listFiles(`${home}/src/*.ts`)
      .filter((path) => !isTest(path))
      .map((path) => basename(path, '.ts')),
    exports: readManifest(home).exports ?? {},
    built: globSync('*.{js,d.ts}', { cwd: join(root, home, 'dist') }),
  })
}

export function findExportMismatches(surface: PublicSurface): readonly Finding[] {
  return [...findWrongExports(surface), ...findMissingBuilds(surface), ...findStaleBuilds(surface)]
}

function findWrongExports({ entries, exports }: PublicSurface): readonly Finding[] {
  const expected: Record<string, unknown> = { './package.json': './package.json' }
  for (const entry of entries) expected[subpathOf(entry)] = targetsOf(entry)
  const subpaths = new Set([...Object.keys(expected), ...Object.keys(exports)])
  return [...subpaths]
    .filter((subpath) => !isDeepStrictEqual(exports[subpath], expected[subpath]))
    .map((subpath) => ({
      file: `${home}/package.json`,
      message: `exports["${subpath}"] must be ${JSON.stringify(expected[subpath]) ?? 'absent: src has no such entry'}`,
    }))
}

function findMissingBuilds({ entries, built }: PublicSurface): readonly Finding[] {
  return entries
    .flatMap((entry) => [`${entry}.js`, `${entry}.d.ts`])
    .filter((name) => !built.includes(name))
    .map((name) => ({ file: `${home}/dist/${name}`, message: 'is missing; run npm run build' }))
}

function findStaleBuilds({ entries, built }: PublicSurface): readonly Finding[] {
  return built
    .filter((name) => !entries.includes(name.replace(/(?:\.d\.ts|\.js)$/, '')))
    .map((name) => ({ file: `${home}/dist/${name}`, message: 'has no source; run npm run build' }))
}

function subpathOf(entry: string): string {
  return entry === 'index' ? '.' : `./${entry}`
}

function targetsOf(entry: string) {
  return { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` }
}
