import type { Finding, TextFile } from '../repository.ts'

/** A fenced block of TypeScript in a page. */
export interface CodeBlock {
  readonly page: string
  /** Line of its first line of code in the page, counted from 1. */
  readonly line: number
  readonly language: 'ts' | 'tsx'
  readonly code: string
}

const fence = /^(?<indent> *)```(?<info>[^\n`]*)\n(?<code>[\s\S]*?)^ *```[ \t]*$/gm

/** TypeScript blocks of a page, and findings for blocks whose language would exclude them from the check. */
export function codeBlocks(page: TextFile): {
  readonly blocks: readonly CodeBlock[]
  readonly findings: readonly Finding[]
} {
  const blocks: CodeBlock[] = []
  const findings: Finding[] = []
  for (const match of page.text.matchAll(fence)) {
    const { indent = '', info = '', code = '' } = match.groups ?? {}
    const line = page.text.slice(0, match.index).split('\n').length + 1
    const language = info.trim()
    if (language === 'ts' || language === 'tsx') {
      blocks.push({ page: page.path, line, language, code: dedent(code, indent) })
    } else if (/^(?:tsx?|typescript|js|javascript)\b/i.test(language)) {
      findings.push({
        file: page.path,
        line: line - 1,
        message: `write \`\`\`ts, not \`\`\`${language}`,
      })
    }
  }
  return { blocks, findings }
}

/** Removes the indentation of a block inside a list. */
function dedent(code: string, indent: string): string {
  return indent === '' ? code : code.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
}
