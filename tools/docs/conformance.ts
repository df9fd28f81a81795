import { type Finding, lineAt, type TextFile } from '../repository.ts'
import { identifierOf, isNode, parseSource, type SyntaxNode, textOf, walk } from '../syntax.ts'

/** A proof as the table names it: `path/to/file.test.ts` › name of the test. */
const testReference = /`(?<path>[^`\s]+\.tsx?)` › (?<name>.+?)(?=\s*(?:\||;|<br\s*\/?>|$))/gm

/** Proofs that a table names and nobody wrote. `read` gives a source, or `null` where there is none. */
export function findRowsWithoutTest(
  page: TextFile,
  read: (path: string) => TextFile | null,
): readonly Finding[] {
  return [...page.text.matchAll(testReference)].flatMap((match) => {
    const { path = '', name = '' } = match.groups ?? {}
    const source = read(path)
    const testName = name.replaceAll('\\|', '|')
    if (source !== null && testNames(source).has(testName)) return []
    const message = source === null ? `${path} is not there` : `${path} has no test “${testName}”`
    return [{ file: page.path, line: lineAt(page.text, match.index), message }]
  })
}

/** Names of the tests in a file: what `it` and `test` are told, and the keys of contract cases. */
export function testNames(source: TextFile): ReadonlySet<string> {
  const names = new Set<string>()
  walk(parseSource(source), (node) => {
    const name = nameOfCall(node) ?? nameOfCase(node)
    if (name !== null) names.add(name)
  })
  return names
}

function nameOfCall(node: SyntaxNode): string | null {
  if (node.type !== 'CallExpression' || !Array.isArray(node.arguments)) return null
  return ['it', 'test'].includes(functionName(node.callee)) ? textOf(node.arguments[0]) : null
}

/** Sees through `it.each(table)`, `it.for(…)`, and the like. */
function functionName(callee: unknown): string {
  if (!isNode(callee)) return ''
  if (callee.type === 'MemberExpression') return functionName(callee.object)
  if (callee.type === 'CallExpression') return functionName(callee.callee)
  if (callee.type === 'TaggedTemplateExpression') return functionName(callee.tag)
  return identifierOf(callee) ?? ''
}

function nameOfCase(node: SyntaxNode): string | null {
  if (node.type !== 'Property' || !isNode(node.value)) return null
  const isFunction = /^(?:Arrow)?FunctionExpression$/.test(node.value.type)
  return isFunction ? textOf(node.key) : null
}
