import { copyFileSync, globSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runTsc } from './programs.ts'
import { root } from './repository.ts'

const projects = ['packages/coatcheck', 'apps/mjrwtf']

/** Compiles both projects, carries over what is not compiled, and clears out what has no source any more. */
function build(): void {
  const { succeeded, output } = runTsc(['-b', ...projects])
  if (!succeeded) {
    console.error(output)
    process.exitCode = 1
  }
  for (const project of projects) {
    copyAssets(project)
    removeLeftovers(project)
  }
}

/** Copies what a project serves as it is: style sheets, scripts for browsers, images, lists. */
export function copyAssets(project: string): void {
  const src = join(root, project, 'src')
  for (const file of globSync('**/*.*', { cwd: src }).filter(isAsset)) {
    const target = join(root, project, 'dist', file)
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(join(src, file), target)
  }
}

/** The compiler adds and never removes: a file whose source is gone would still be found, and published. */
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) build()
