import { parseAst } from 'vitest/node'
import { lineAt, type TextFile } from './repository.ts'

/** A node of an ESTree syntax tree, with the properties that the checks read. */
export interface SyntaxNode {
  readonly type: string
  /** Offset of its first character. */
  readonly start: number
  /** Offset after its last character. */
  readonly end: number
  readonly [property: string]: unknown
}

/** One import or re-export of a module. */
export interface ModuleRequest {
  readonly specifier: string
  /** Erased when the code runs. */
  readonly typeOnly: boolean
  /** Imported names; empty for `*`, a dynamic import and an import for side effects. */
  readonly names: readonly string[]
  readonly line: number
}

/** Parses TypeScript. It uses the parser of Vitest, because TypeScript 7 exports none. */
export function parseSource(file: TextFile): SyntaxNode {
  const lang = file.path.endsWith('x') ? 'tsx' : 'ts'
  const program: unknown = parseAst(file.text, { lang }, file.path)
  if (!isNode(program)) throw new TypeError(`${file.path} has no syntax tree`)
  return program
}

/** Visits a node and its descendants, parents first. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node)
  for (const child of childrenOf(node)) walk(child, visit)
}

export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  return Object.values(node).flat().filter(isNode)
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'end' in value
}

/** Text of a string literal or of a template without expressions, else `null`. */
export function textOf(value: unknown): string | null {
  if (!isNode(value)) return null
  if (value.type === 'Literal') return typeof value.value === 'string' ? value.value : null
  if (value.type !== 'TemplateLiteral' || !Array.isArray(value.quasis)) return null
  const [only, ...others] = value.quasis.filter(isNode)
  return others.length === 0 ? cookedText(only) : null
}

function cookedText(quasi: SyntaxNode | undefined): string | null {
  const value = quasi?.value
  if (typeof value !== 'object' || value === null || !('cooked' in value)) return null
  return typeof value.cooked === 'string' ? value.cooked : null
}

/** Name of an identifier or text of a string literal, else `null`. */
export function identifierOf(value: unknown): string | null {
  if (!isNode(value)) return null
  return value.type === 'Identifier' && typeof value.name === 'string' ? value.name : textOf(value)
}

/** All imports of a source: static, dynamic, type-only and re-exports. */
export function moduleRequests(file: TextFile): readonly ModuleRequest[] {
  const requests: ModuleRequest[] = []
  walk(parseSource(file), (node) => {
    const specifier = specifierOf(node)
    if (specifier === null) return
    requests.push({
      specifier,
      typeOnly: isTypeOnly(node),
      names: namesOf(node),
      line: lineAt(file.text, node.start),
    })
  })
  return requests
}

const withSource = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]

function specifierOf(node: SyntaxNode): string | null {
  return withSource.includes(node.type) ? textOf(node.source) : null
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType') return true
  return node.importKind === 'type' || node.exportKind === 'type' || allNamesAreTypes(node)
}

function allNamesAreTypes(node: SyntaxNode): boolean {
  const specifiers = specifiersOf(node)
  return (
    specifiers.length > 0 &&
    specifiers.every((each) => each.importKind === 'type' || each.exportKind === 'type')
  )
}

function namesOf(node: SyntaxNode): readonly string[] {
  return specifiersOf(node).flatMap((each) => {
    const name = identifierOf(
      each.imported ?? (node.type === 'ImportDeclaration' ? null : each.local),
    )
    return name === null ? [] : [name]
  })
}

function specifiersOf(node: SyntaxNode): readonly SyntaxNode[] {
  return Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : []
}
