import { type Finding, isTest, lineAt, readFiles, type TextFile } from './repository.ts'
import { isNode, parseSource, type SyntaxNode, textOf, walk, wordOf } from './syntax.ts'

/** Something code gets from nowhere, and the few places that may. */
interface Ambience {
  readonly what: string
  readonly instead: string
  readonly allowedIn: RegExp
  isUsedBy(node: SyntaxNode): boolean
}

const ambiences: readonly Ambience[] = [
  {
    what: 'reads the clock',
    instead: 'take a Clock',
    allowedIn:
      /^packages\/coatcheck\/src\/ports\/clock\.ts$|^apps\/mjrwtf\/src\/(?:adapters\/|main\.ts$)/,
    isUsedBy: readsClock,
  },
  {
    what: 'draws randomness',
    instead: 'take a RandomSource',
    allowedIn:
      /^packages\/coatcheck\/src\/(?:ports\/random-source\.ts$|testing\/)|^apps\/mjrwtf\/src\/(?:adapters\/|main\.ts$)/,
    isUsedBy: drawsRandomness,
  },
  {
    what: 'draws guessable randomness',
    instead: 'use node:crypto, in an adapter',
    allowedIn: /^$/,
    isUsedBy: (node) => isMember(node, 'Math', ['random']),
  },
  {
    what: 'hashes with something other than SHA-2',
    instead: 'use sha256 (ASVS 5.0 V11.4.1)',
    // SHA-1 is how range services are asked. It protects nothing there.
    allowedIn: /^apps\/mjrwtf\/src\/adapters\/passwords\/range-service\.ts$/,
    isUsedBy: hashesOtherwise,
  },
  {
    what: 'writes to the console',
    instead: 'tell an EventSink or a logger',
    allowedIn: /^apps\/mjrwtf\/src\/(?:main|config)\.ts$/,
    isUsedBy: (node) => isMember(node, 'console', null),
  },
]

/** Time and randomness come in, hashes are SHA-2, and nothing speaks past the log. */
export function checkAmbient(): readonly Finding[] {
  return readFiles('{packages,apps}/*/src/**/*.{ts,tsx}')
    .filter((file) => !isTest(file.path))
    .flatMap(findAmbientUses)
}

export function findAmbientUses(file: TextFile): readonly Finding[] {
  const watched = ambiences.filter((each) => !each.allowedIn.test(file.path))
  const findings: Finding[] = []
  walk(parseSource(file), (node) => {
    for (const { what, instead } of watched.filter((each) => each.isUsedBy(node))) {
      const line = lineAt(file.text, node.start)
      findings.push({ file: file.path, line, message: `${what}; ${instead}` })
    }
  })
  return findings
}

function readsClock(node: SyntaxNode): boolean {
  const isDate = wordOf(node.callee) === 'Date'
  if (node.type === 'CallExpression' && isDate) return true
  if (node.type === 'NewExpression' && isDate) return hasNoArguments(node)
  return (
    isMember(node, 'Date', ['now']) ||
    isMember(node, 'performance', ['now', 'timeOrigin']) ||
    isMember(node, 'process', ['hrtime', 'uptime']) ||
    isMember(node, 'Temporal', ['Now'])
  )
}

const sources = [
  'getRandomValues',
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'randomUUIDv7',
]

function drawsRandomness(node: SyntaxNode): boolean {
  if (node.type === 'ImportSpecifier') return isOneOf([...sources, 'webcrypto'], node.imported)
  return node.type === 'MemberExpression' && isOneOf(sources, node.property)
}

const hashing = ['createHash', 'createHmac', 'hkdf', 'hkdfSync']

/** An algorithm that is not written down where it is used counts as another, too. */
function hashesOtherwise(node: SyntaxNode): boolean {
  if (node.type !== 'CallExpression' || !Array.isArray(node.arguments)) return false
  const name = isNode(node.callee) ? (node.callee.property ?? node.callee) : null
  const [algorithm] = node.arguments
  const isSha2 = /^sha-?(256|384|512)$/i.test(textOf(algorithm) ?? '')
  return isOneOf(hashing, name) && !isSha2
}

/** Whether a node is `object.property`, for one of the properties (any for `null`). */
function isMember(node: SyntaxNode, object: string, properties: readonly string[] | null): boolean {
  if (node.type !== 'MemberExpression' || !isNode(node.object)) return false
  const isObject = wordOf(node.object) === object || wordOf(node.object.property) === object
  return isObject && (properties === null || isOneOf(properties, node.property))
}

function isOneOf(words: readonly string[], value: unknown): boolean {
  return words.includes(wordOf(value) ?? '')
}

function hasNoArguments(node: SyntaxNode): boolean {
  return Array.isArray(node.arguments) && node.arguments.length === 0
}
