import { type Finding, isTest, lineAt, readFiles, type TextFile } from './repository.ts'
import { identifierOf, isNode, parseSource, type SyntaxNode, textOf, walk } from './syntax.ts'

/** An API that code must receive as a dependency, and the files that may call it directly. */
interface AmbientApi {
  readonly description: string
  readonly alternative: string
  readonly allowedIn: RegExp
  isUsedBy(node: SyntaxNode): boolean
}

const ambientApis: readonly AmbientApi[] = [
  {
    description: 'reads the clock',
    alternative: 'take a Clock',
    allowedIn:
      /^packages\/coatcheck\/src\/ports\/system\.ts$|^apps\/mjrwtf\/src\/(?:adapters\/|main\.ts$)/,
    isUsedBy: readsClock,
  },
  {
    description: 'draws randomness',
    alternative: 'take a RandomSource',
    allowedIn:
      /^packages\/coatcheck\/src\/(?:ports\/system\.ts$|testing\/)|^apps\/mjrwtf\/src\/(?:adapters\/|main\.ts$)/,
    isUsedBy: drawsRandomness,
  },
  {
    description: 'draws predictable randomness',
    alternative: 'use node:crypto, in an adapter',
    allowedIn: /^$/,
    isUsedBy: (node) => isMember(node, 'Math', ['random']),
  },
  {
    description: 'hashes with something other than SHA-2',
    alternative: 'use sha256 (ASVS 5.0 V11.4.1)',
    // Range services look passwords up by SHA-1. It protects nothing there. Authenticator apps support HMAC-SHA-1 only.
    allowedIn: /^apps\/mjrwtf\/src\/(?:adapters\/passwords\/range-service|domain\/totp)\.ts$/,
    isUsedBy: usesOtherHash,
  },
  {
    description: 'writes to the console',
    alternative: 'use an EventSink or a logger',
    // The default of `coatcheck`, which an application replaces.
    allowedIn: /^packages\/coatcheck\/src\/setup\/console-events\.ts$/,
    isUsedBy: (node) => isMember(node, 'console', null),
  },
  {
    description: 'tests the class of a value, which differs in another copy or realm',
    alternative: 'use isSessionError, isResponse or the shape of the value',
    // The app is one bundle in one realm.
    allowedIn: /^apps\//,
    isUsedBy: (node) => node.type === 'BinaryExpression' && node.operator === 'instanceof',
  },
]

/** Time and randomness are injected, hashes are SHA-2, output goes through the log, and no class is tested. */
export function checkAmbient(): readonly Finding[] {
  return readFiles('{packages,apps}/*/src/**/*.{ts,tsx}')
    .filter((file) => !isTest(file.path))
    .flatMap(findAmbientUses)
}

export function findAmbientUses(file: TextFile): readonly Finding[] {
  const forbiddenApis = ambientApis.filter((each) => !each.allowedIn.test(file.path))
  const findings: Finding[] = []
  walk(parseSource(file), (node) => {
    for (const { description, alternative } of forbiddenApis.filter((each) =>
      each.isUsedBy(node),
    )) {
      const line = lineAt(file.text, node.start)
      findings.push({ file: file.path, line, message: `${description}; ${alternative}` })
    }
  })
  return findings
}

function readsClock(node: SyntaxNode): boolean {
  const isDate = identifierOf(node.callee) === 'Date'
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

const hashFunctions = ['createHash', 'createHmac', 'hkdf', 'hkdfSync']

/** An algorithm that is not a literal is reported too. */
function usesOtherHash(node: SyntaxNode): boolean {
  if (node.type !== 'CallExpression' || !Array.isArray(node.arguments)) return false
  const name = isNode(node.callee) ? (node.callee.property ?? node.callee) : null
  const [algorithm] = node.arguments
  const isSha2 = /^sha-?(256|384|512)$/i.test(textOf(algorithm) ?? '')
  return isOneOf(hashFunctions, name) && !isSha2
}

/** Whether a node is `object.property` for one of the properties, or for any if they are `null`. */
function isMember(node: SyntaxNode, object: string, properties: readonly string[] | null): boolean {
  if (node.type !== 'MemberExpression' || !isNode(node.object)) return false
  const isObject =
    identifierOf(node.object) === object || identifierOf(node.object.property) === object
  return isObject && (properties === null || isOneOf(properties, node.property))
}

function isOneOf(names: readonly string[], value: unknown): boolean {
  return names.includes(identifierOf(value) ?? '')
}

function hasNoArguments(node: SyntaxNode): boolean {
  return Array.isArray(node.arguments) && node.arguments.length === 0
}
