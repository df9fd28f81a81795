import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CodeBlock, codeBlocks } from './docs/code-blocks.ts'
import { findRowsWithoutTest } from './docs/conformance.ts'
import { findDeadLinks } from './docs/links.ts'
import { runTsc } from './programs.ts'
import { type Finding, readFiles, readText, root, type TextFile } from './repository.ts'

const exists = (path: string): boolean => existsSync(join(root, path))

/**
 * What the pages say is so: every block of TypeScript compiles by itself against the built library,
 * links lead somewhere, and the tests that the conformance table names exist. Needs a build.
 */
export function checkDocs(): readonly Finding[] {
  const pages = readFiles(
    '*.md',
    'packages/*/*.md',
    'apps/*/*.md',
    'benchmarks/*.md',
    'docs/**/*.md',
  )
  const read = pages.map(codeBlocks)
  return [
    ...read.flatMap(({ findings }) => findings),
    ...findTypeErrors(read.flatMap(({ blocks }) => blocks)),
    ...pages.flatMap((page) => findDeadLinks(page, exists)),
    ...pages
      .filter((page) => page.path.endsWith('security-conformance.md'))
      .flatMap((page) => findRowsWithoutTest(page, readSource)),
  ]
}

/** Compiles each block as a module of its own, where a user of the library would write it. */
export function findTypeErrors(blocks: readonly CodeBlock[]): readonly Finding[] {
  if (blocks.length === 0) return []
  // Inside the repository, so that packages are found; in a folder that git does not look at.
  const folder = join(root, 'dist/docs')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(compilerSettings))
  blocks.forEach((block, index) => {
    // Empty lines before it put an error on the line where the page has it.
    const code = `${'\n'.repeat(block.line - 1)}${block.code}`
    writeFileSync(join(folder, `${index}.${block.language}`), code)
  })
  const { output, succeeded } = runTsc(['-p', folder, '--pretty', 'false'], folder)
  const findings = readErrors(output, blocks)
  if (!succeeded && findings.length === 0) throw new Error(`tsc failed: ${output}`)
  return findings
}

const compilerSettings = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
    moduleDetection: 'force',
    // An example may end before it has used everything it names.
    noUnusedLocals: false,
    noUnusedParameters: false,
    jsx: 'react-jsx',
    jsxImportSource: 'hono/jsx',
  },
  include: ['*'],
}

function readErrors(output: string, blocks: readonly CodeBlock[]): readonly Finding[] {
  const error = /^(?<index>\d+)\.tsx?\((?<line>\d+),\d+\): error (?<message>.*)$/gm
  return [...output.matchAll(error)].map(({ groups }) => ({
    file: blocks[Number(groups?.index)]?.page ?? 'docs',
    line: Number(groups?.line),
    message: groups?.message ?? '',
  }))
}

function readSource(path: string): TextFile | null {
  return exists(path) ? { path, text: readText(path) } : null
}
