import { copyFileSync, globSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runTsc } from './programs.ts'
import { root } from './repository.ts'

const projects = ['packages/coatcheck', 'apps/mjrwtf']

/**
 * Compiles both projects, copies their assets and removes output whose source was deleted. A server
 * compiles a release whose types were checked before, and lacks the packages to check them with.
 */
function build({ checkTypes }: { readonly checkTypes: boolean }): void {
  const options = checkTypes ? [] : ['--noCheck']
  const { succeeded, output } = runTsc(['-b', ...options, ...projects])
  if (!succeeded) {
    console.error(output)
    process.exitCode = 1
  }
  for (const project of projects) {
    copyAssets(project)
    removeLeftovers(project)
  }
}

/** Copies the files that are not compiled: style sheets, browser scripts, images and lists. */
export function copyAssets(project: string): void {
  const src = join(root, project, 'src')
  for (const file of globSync('**/*.*', { cwd: src }).filter(isAsset)) {
    const target = join(root, project, 'dist', file)
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(join(src, file), target)
  }
}

/** The compiler never removes output; without this, output of a deleted source would be published. */
function removeLeftovers(project: string): void {
  const sources = new Set(globSync('**/*.*', { cwd: join(root, project, 'src') }).map(toBuiltName))
  const dist = join(root, project, 'dist')
  for (const file of globSync('**/*.*', { cwd: dist })) {
    if (!sources.has(file.replace(/\.d\.ts$/, '.js'))) rmSync(join(dist, file))
  }
}

function isAsset(file: string): boolean {
  return !/\.tsx?$/.test(file)
}

function toBuiltName(source: string): string {
  return source.replace(/(?<!\.test)\.tsx?$/, '.js')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  build({ checkTypes: !process.argv.includes('--no-check') })
}
