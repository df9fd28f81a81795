import { type Finding, lineAt, type TextFile } from '../repository.ts'
import { identifierOf, isNode, parseSource, type SyntaxNode, textOf, walk } from '../syntax.ts'

/** A test as the evidence page names it: `- `path/to/file.test.ts` › name of the test`. */
const testReference = /^- `(?<path>[^`\s]+)` › (?<name>.+)$/gm

/** Tests that the page names and that do not exist. `read` returns a source, or `null` if there is none. */
export function findMissingTests(
  page: TextFile,
  read: (path: string) => TextFile | null,
): readonly Finding[] {
  return [...page.text.matchAll(testReference)].flatMap((match) => {
    const { path = '', name = '' } = match.groups ?? {}
    const source = read(path)
    if (source !== null && testNames(source).has(name)) return []
    const message = source === null ? `${path} does not exist` : `${path} has no test “${name}”`
    return [{ file: page.path, line: lineAt(page.text, match.index), message }]
  })
}

/** Sections of the evidence page, one per requirement, that name no test. */
export function findEmptySections(page: TextFile): readonly Finding[] {
  return [...page.text.matchAll(/^### (?<id>.+)\n(?<content>(?:(?!#).*\n)*)/gm)]
    .filter(({ groups }) => !/^- `/m.test(groups?.content ?? ''))
    .map(({ groups, index }) => ({
      file: page.path,
      line: lineAt(page.text, index),
      message: `${groups?.id ?? ''} names no test`,
    }))
}

/** Requirements of the conformance page that are met, at least partly, without a link to evidence. */
export function findRowsWithoutEvidence(page: TextFile): readonly Finding[] {
  return [...page.text.matchAll(/^\| .* \| (?:Met|Partly) \| (?<evidence>.*) \|$/gm)]
    .filter(({ groups }) => !groups?.evidence?.includes('security-evidence.md#'))
    .map(({ index }) => ({
      file: page.path,
      line: lineAt(page.text, index),
      message: 'is met without a link to evidence',
    }))
}

/** Names of the tests in a file: the titles passed to `it` and `test`, and the keys of contract cases. */
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

/** Name of the function at the root of a callee, such as `it` of `it.each(table)`. */
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
