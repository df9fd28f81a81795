import { type Finding, isTest, lineAt, readFiles, type TextFile } from './repository.ts'
import { childrenOf, parseSource, type SyntaxNode } from './syntax.ts'

/** Lines that a function may have of its own: neither blank nor inside a nested function. */
export const maxFunctionLines = 80

const functionTypes = ['ArrowFunctionExpression', 'FunctionDeclaration', 'FunctionExpression']

/**
 * Limits the length of functions. Biome's rule also counts the lines of nested functions, so that a
 * factory with many short closures would count as one long function.
 */
export function checkFunctions(): readonly Finding[] {
  return readFiles('{packages,apps,tools,benchmarks}/**/*.{ts,tsx}', '*.ts')
    .filter((file) => !isTest(file.path))
    .flatMap(findLongFunctions)
}

export function findLongFunctions(file: TextFile): readonly Finding[] {
  const lines = file.text.split('\n')
  return findFunctions(parseSource(file))
    .map((node) => ({
      line: lineAt(file.text, node.start),
      length: countOwnLines(file, lines, node),
    }))
    .filter(({ length }) => length > maxFunctionLines)
    .map(({ line, length }) => ({
      file: file.path,
      line,
      message: `a function has ${length} lines of its own; the limit is ${maxFunctionLines}`,
    }))
}

/** The line where a nested function starts belongs to the outer one, which passes or assigns it. */
function countOwnLines(file: TextFile, lines: readonly string[], node: SyntaxNode): number {
  const nested = childrenOf(node).flatMap(findOutermostFunctions)
  const nestedLines = new Set(nested.flatMap((each) => lineNumbers(file, each).slice(1)))
  return lineNumbers(file, node).filter(
    (line) => !nestedLines.has(line) && lines[line - 1]?.trim() !== '',
  ).length
}

function lineNumbers({ text }: TextFile, node: SyntaxNode): readonly number[] {
  const first = lineAt(text, node.start)
  const count = lineAt(text, node.end) - first + 1
  return Array.from({ length: count }, (_, index) => first + index)
}

function findFunctions(node: SyntaxNode): readonly SyntaxNode[] {
  const nested = childrenOf(node).flatMap(findFunctions)
  return functionTypes.includes(node.type) ? [node, ...nested] : nested
}

function findOutermostFunctions(node: SyntaxNode): readonly SyntaxNode[] {
  if (functionTypes.includes(node.type)) return [node]
  return childrenOf(node).flatMap(findOutermostFunctions)
}
