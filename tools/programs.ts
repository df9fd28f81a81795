import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { root } from './repository.ts'

/** How a program exited, and its standard output and standard error. */
export interface ProgramResult {
  readonly succeeded: boolean
  readonly output: string
}

/** Runs the TypeScript compiler of this repository. */
export function runTsc(args: readonly string[], folder = root): ProgramResult {
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], folder)
}

/** Runs the npm that runs this script, or else the one on the path. */
export function runNpm(args: readonly string[], folder: string): ProgramResult {
  const npm = process.env.npm_execpath
  return npm !== undefined && basename(npm).startsWith('npm')
    ? run(process.execPath, [npm, ...args], folder)
    : run('npm', args, folder)
}

export function run(program: string, args: readonly string[], folder: string): ProgramResult {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    // npm is a batch file on Windows, and those need a shell.
    shell: process.platform === 'win32' && program === 'npm',
  })
  return {
    succeeded: status === 0,
    output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`,
  }
}

/** Creates a temporary folder outside the repository, so that its packages cannot be resolved from it. */
export function createTemporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Packs a package, by default the built library, as npm would publish it. Returns the tarball's path. */
export function packPackage(folder: string, source = join(root, 'packages/coatcheck')): string {
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  const { succeeded, output } = runNpm(args, source)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (!succeeded || tarball === undefined) throw new Error(`npm pack failed: ${output}`)
  return join(folder, tarball)
}
