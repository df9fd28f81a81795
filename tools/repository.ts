import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root folder of the repository, with a separator at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** A problem that a check reports. */
export interface Finding {
  /** Path relative to the root, with `/` on every system. */
  readonly file: string
  /** Counted from 1; absent if the finding is about the whole file. */
  readonly line?: number
  readonly message: string
}

export interface TextFile {
  /** Path relative to the root, with `/` on every system. */
  readonly path: string
  readonly text: string
}

const ignoredFolders = ['node_modules', '.git', 'dist', 'data', 'coverage']

/** Lists matching files in a stable order, except installed packages and build output. */
export function listFiles(...patterns: readonly string[]): readonly string[] {
  const found = patterns.flatMap((pattern) =>
    globSync(pattern, { cwd: root, exclude: (name) => ignoredFolders.includes(name) }),
  )
  return [...new Set(found.map((path) => path.split(sep).join('/')))].sort()
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export function readFiles(...patterns: readonly string[]): readonly TextFile[] {
  return listFiles(...patterns).map((path) => ({ path, text: readText(path) }))
}

/** Whether a source is a test or a test's support. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /^(?:packages|apps)\/[^/]+\/test\//.test(path)
}

/** Line of an offset in a text, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
