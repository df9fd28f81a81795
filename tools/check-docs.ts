import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CodeBlock, codeBlocks } from './docs/code-blocks.ts'
import { findEmptySections, findMissingTests, findRowsWithoutEvidence } from './docs/conformance.ts'
import { findBrokenLinks } from './docs/links.ts'
import { runTsc } from './programs.ts'
import { type Finding, readFiles, readText, root, type TextFile } from './repository.ts'

const conformance = 'docs/security-conformance.md'
const evidence = 'docs/security-evidence.md'

/**
 * Each TypeScript block of the documents compiles on its own against the built library, each link
 * resolves, and the conformance page links to evidence that names existing tests. Needs a build.
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
    ...pages.flatMap((page) => findBrokenLinks(page, readPage)),
    ...pages.filter(({ path }) => path === conformance).flatMap(findRowsWithoutEvidence),
    ...pages
      .filter(({ path }) => path === evidence)
      .flatMap((page) => [...findEmptySections(page), ...findMissingTests(page, readSource)]),
  ]
}

/** Compiles each block as a separate module that imports the packages as a user would. */
export function findTypeErrors(blocks: readonly CodeBlock[]): readonly Finding[] {
  if (blocks.length === 0) return []
  // Inside the repository, so that packages resolve, in a folder that git ignores.
  const folder = join(root, 'dist/docs')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(compilerSettings))
  blocks.forEach((block, index) => {
    // Leading empty lines make the compiler report the line of the page.
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
    // An example may declare what it does not use.
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
  return existsSync(join(root, path)) ? { path, text: readText(path) } : null
}

/** A page's text; empty for folders and other files, `null` if there is none. */
function readPage(path: string): string | null {
  if (!existsSync(join(root, path))) return null
  return path.endsWith('.md') ? readText(path) : ''
}
