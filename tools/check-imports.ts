import { posix } from 'node:path'
import { type Finding, isTest, lineAt, readFiles, type TextFile } from './repository.ts'
import { childrenOf, type ModuleRequest, moduleRequests, parseSource } from './syntax.ts'

/** A folder and what its files may import. */
interface Layer {
  /** Matches its files. The group `own` distinguishes subfolders that must not import each other. */
  readonly files: RegExp
  /**
   * Prefixes of paths; built-in modules (`node:*` for all, `node:net#isIP` for one export); or `npm:*`
   * for any installed package. `{own}` is replaced by the group.
   */
  readonly mayImport: readonly string[]
  /** Additionally allowed in type-only imports. */
  readonly mayImportTypes?: readonly string[]
}

const library = 'packages/coatcheck/src/'
const app = 'apps/mjrwtf/src/'

/** Built-in modules, or exports of them, without side effects. */
const pure = [
  'node:buffer',
  'node:crypto',
  'node:util',
  ...['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'].map((name) => `node:net#${name}`),
]

/** What every feature of the application may import. */
const applicationBase = within(app, 'domain', 'application/ports', 'application/shared')

const http = `${app}adapters/http/`

const pageFolders = ['components', 'forms', 'middleware', 'reporting', 'responses']

/** The folders of `adapters/http`, and the other folders there that each may import. */
const httpFolders: Readonly<Record<string, readonly string[]>> = {
  components: [],
  reporting: [],
  responses: ['components', 'reporting'],
  middleware: ['reporting', 'responses'],
  forms: ['components', 'reporting', 'responses'],
  // Features. An import of another feature needs a reason.
  // Exports contain links and security events as the API and the log write them. A password change keeps the device trusted.
  account: [...pageFolders, 'links', 'security-log', 'sign-in'],
  // The API and the pages of links and sessions describe the same fields.
  api: [...pageFolders, 'links', 'sessions'],
  domains: pageFolders,
  'email-links': [...pageFolders, 'sign-in'],
  links: pageFolders,
  operator: pageFolders,
  // The home page has the form of a new link; the API page renders the description of the API.
  'public-pages': [...pageFolders, 'api', 'links'],
  // Second factors: a folder for each kind, what is the same for several of them, and the security page, which links to all.
  // Adding one steps the session up.
  'second-factors': pageFolders,
  authenticators: [...pageFolders, 'second-factors', 'sign-in'],
  passkeys: [...pageFolders, 'second-factors', 'sign-in'],
  phone: [...pageFolders, 'second-factors', 'sign-in'],
  'recovery-codes': pageFolders,
  'shared-tokens': pageFolders,
  // Sign-in with external providers, connected accounts, and logout that a provider requests.
  providers: [...pageFolders, 'sign-in'],
  'personal-tokens': pageFolders,
  transfer: pageFolders,
  // Client applications: their registration, their endpoints, consent, and the list of connected apps.
  oauth: [...pageFolders, 'sign-in'],
  preferences: pageFolders,
  security: pageFolders,
  'security-log': pageFolders,
  // The list of trusted browsers marks the one of the request.
  sessions: [...pageFolders, 'sign-in'],
  'sign-in': pageFolders,
}

function httpLayer([folder, others]: readonly [string, readonly string[]]): Layer {
  return {
    files: layerPattern(http, folder),
    mayImport: [
      ...within(app, 'domain', 'application'),
      ...[folder, ...others].map((name) => `${http}${name}/`),
      `${http}http-context`,
      `${http}short-url`,
      'npm:*',
      'node:*',
    ],
  }
}

/** The import rules of all folders. The first layer that matches a file applies. */
const layers: readonly Layer[] = [
  { files: layerPattern(library, 'domain'), mayImport: [`${library}domain/`, ...pure] },
  {
    files: layerPattern(library, 'ports'),
    mayImport: [...within(library, 'domain', 'ports'), 'node:diagnostics_channel'],
  },
  {
    files: layerPattern(library, 'sessions/cache'),
    mayImport: within(library, 'domain', 'ports', 'sessions/cache'),
    mayImportTypes: [`${library}sessions/resolve-options`],
  },
  {
    files: layerPattern(library, 'sessions/unknown-tokens'),
    mayImport: within(library, 'domain', 'ports', 'sessions/unknown-tokens'),
    mayImportTypes: within(library, 'sessions'),
  },
  {
    files: layerPattern(library, 'sessions'),
    mayImport: within(library, 'domain', 'ports', 'sessions'),
  },
  // Grants use the cache and the failure reports of the sessions.
  {
    files: layerPattern(library, 'grants'),
    mayImport: within(library, 'domain', 'ports', 'sessions', 'grants'),
  },
  // Counts the events of all layers, and reads the statistics of the cache. No package: see `MetricRegistry`.
  {
    files: layerPattern(library, 'metrics'),
    mayImport: within(library, 'domain', 'ports', 'metrics'),
    mayImportTypes: within(library, 'sessions'),
  },
  {
    files: layerPattern(library, 'http'),
    mayImport: within(library, 'domain', 'ports', 'sessions', 'http'),
  },
  {
    files: layerPattern(library, 'setup'),
    mayImport: within(library, 'domain', 'ports', 'sessions', 'http', 'web-security', 'setup'),
  },
  {
    files: layerPattern(library, 'web-security'),
    mayImport: within(library, 'domain', 'ports', 'http', 'web-security'),
  },
  {
    files: /^packages\/coatcheck\/src\/stores\/(?<own>[^/]+)\//,
    mayImport: within(library, 'domain', 'ports', 'stores/{own}', 'stores/tables'),
    mayImportTypes: ['npm:*', 'node:sqlite'],
  },
  {
    files: /^packages\/coatcheck\/src\/frameworks\/(?<own>[^/.]+)/,
    mayImport: [
      ...within(library, 'http', 'web-security'),
      `${library}frameworks/{own}`,
      `${library}setup/`,
      // Which peer a socket of Node has, for every framework on it.
      `${library}frameworks/socket-peer`,
      // The one mechanism that validates options.
      `${library}domain/options`,
    ],
    mayImportTypes: ['npm:*', 'node:http', 'node:stream'],
  },
  // Fault injection runs the whole library in processes, and reads their real time.
  {
    files: layerPattern(library, 'testing/chaos'),
    mayImport: [
      ...within(library, 'domain', 'ports', 'sessions', 'grants', 'testing'),
      ...['fast-check', 'node:child_process', 'node:net', 'node:util'],
    ],
  },
  {
    files: layerPattern(library, 'testing'),
    mayImport: [
      ...within(library, 'domain', 'ports', 'testing'),
      'vitest',
      'fast-check',
      'node:http',
    ],
    mayImportTypes: within(library, 'http', 'sessions', 'grants'),
  },
  {
    files: layerPattern(library, 'doctor'),
    mayImport: [
      ...within(library, 'domain', 'ports', 'doctor'),
      ...['node:http', 'node:https', 'node:net#isIP', 'node:util'],
    ],
  },
  // An entry re-exports any module of the library and none of other packages.
  { files: /^packages\/coatcheck\/src\/[^/]+\.ts$/, mayImport: [library] },
  { files: layerPattern(app, 'domain'), mayImport: within(app, 'domain') },
  {
    files: layerPattern(app, 'application/ports'),
    mayImport: within(app, 'domain', 'application/ports'),
  },
  { files: layerPattern(app, 'application/shared'), mayImport: applicationBase },
  featureLayer('accounts', ['email', 'passwords', 'security-log', 'sign-in']),
  {
    ...featureLayer('anomalies', ['security-log']),
    mayImport: [
      ...applicationBase,
      ...within(app, 'application/anomalies'),
      `${app}application/security-log/detection-input`,
    ],
  },
  // The chain of security events: signed heads, verification, export.
  featureLayer('audit', ['security-log']),
  featureLayer('backup'),
  featureLayer('domains'),
  featureLayer('drafts'),
  featureLayer('email', ['security-log']),
  // A link has one of the short domains.
  featureLayer('links', ['domains']),
  featureLayer('operator', [
    'accounts',
    'email',
    'oauth',
    'passwords',
    'personal-tokens',
    'second-factors',
    'security-log',
    'sign-in',
  ]),
  featureLayer('passwords', ['email', 'sign-in']),
  featureLayer('security-log'),
  featureLayer('security-overview', ['email', 'second-factors']),
  featureLayer('sessions'),
  featureLayer('second-factors', ['email', 'security-log']),
  featureLayer('authenticators', ['second-factors']),
  featureLayer('passkeys', ['second-factors']),
  featureLayer('preferences', []),
  featureLayer('phone', ['second-factors']),
  featureLayer('recovery-codes', ['second-factors']),
  {
    ...featureLayer('identities', [
      'accounts',
      'email',
      'passwords',
      'second-factors',
      'security-log',
      'sign-in',
    ]),
    // `assuranceLevelOf`, a pure function.
    mayImport: [...applicationBase, ...within(app, 'application/identities'), 'coatcheck'],
  },
  featureLayer('personal-tokens', ['email', 'security-log']),
  featureLayer('shared-tokens'),
  featureLayer('oauth', ['accounts', 'email', 'security-log']),
  {
    ...featureLayer('transfer'),
    // An imported link obeys the rules of a new one.
    mayImport: [
      ...applicationBase,
      ...within(app, 'application/transfer'),
      ...['link-details', 'import-old-links', 'blocked-destinations', 'with-domains'].map(
        (name) => `${app}application/links/${name}`,
      ),
    ],
  },
  {
    ...featureLayer('sign-in', ['email', 'second-factors']),
    // `assuranceLevelOf`, a pure function.
    mayImport: [...applicationBase, ...within(app, 'application/sign-in'), 'coatcheck'],
  },
  {
    files: /^apps\/mjrwtf\/src\/application\/purge\.ts$/,
    mayImport: applicationBase,
    mayImportTypes: ['coatcheck'],
  },
  // The shell, as `http` is for browsers: parses arguments, calls use cases and prints.
  adapterLayer('cli', ['commander', 'zod', `${app}application/`]),
  // The commands for users, a client of the API on their own machine.
  adapterLayer('api-client', [
    ...['@napi-rs/keyring', 'zod', 'node:fs', 'node:path', 'node:timers/promises'],
  ]),
  adapterLayer('backup', [
    ...['age-encryption', 'tar-stream', 'zod', 'kysely', 'pg', 'better-sqlite3', 'node:*'],
    `${app}adapters/persistence/`,
  ]),
  adapterLayer('metrics', ['coatcheck', 'coatcheck/metrics', '@prometheus-io/client', 'node:*']),
  adapterLayer('crypto', ['node:fs', 'node:path']),
  adapterLayer('devices', ['bowser', 'isbot']),
  adapterLayer('email', ['nodemailer', 'node:url', `${app}application/shared/`]),
  adapterLayer('blocklist', ['node:fs/promises']),
  adapterLayer('geo', ['mmdb-lib', 'zod', 'node:fs', 'node:net']),
  adapterLayer('logging', ['pino']),
  adapterLayer('passwords', ['@node-rs/argon2', 'node:os', `${app}application/shared/`]),
  adapterLayer('sms', [`${app}application/shared/`]),
  adapterLayer('transfer', [
    ...['csv-parse', 'node:fs', 'node:fs/promises', 'node:os', 'node:path'],
    ...['node:stream', 'node:stream/promises'],
  ]),
  adapterLayer('webauthn', [
    ...['@simplewebauthn/server', '@simplewebauthn/server/helpers', 'zod'],
  ]),
  adapterLayer('persistence', [
    ...[
      'coatcheck/grants',
      'coatcheck/postgres',
      'coatcheck/sqlite',
      'kysely',
      'pg',
      'better-sqlite3',
    ],
    ...['rate-limiter-flexible', 'node:fs', 'node:path', 'node:timers/promises'],
  ]),
  adapterLayer('process', ['node:fs', 'node:timers/promises', 'node:child_process', 'node:events']),
  // The library's grants store their hashes; the adapter of external providers speaks their protocols.
  adapterLayer('grants', ['coatcheck/grants', `${app}application/security-log/`]),
  adapterLayer('providers', ['openid-client', 'jose', 'zod', `${app}application/shared/`]),
  adapterLayer('queue', within(app, 'application/security-log', 'application/shared')),
  // Where all sessions of a user end, the grants of client applications do, too.
  adapterLayer('sessions', ['coatcheck/grants']),
  ...Object.entries(httpFolders).map(httpLayer),
  {
    files: /^apps\/mjrwtf\/src\/adapters\/http\/[^/]+$/,
    mayImport: [...within(app, 'domain', 'application', 'adapters/http'), 'npm:*', 'node:*'],
  },
  {
    files: /^apps\/mjrwtf\/src\/config\//,
    mayImport: within(app, 'domain', 'application', 'config'),
    // The config has the shape of the options that adapters accept.
    mayImportTypes: within(app, 'adapters/email', 'adapters/persistence'),
  },
  {
    files: /^apps\/mjrwtf\/src\/(?:program\/|main\.ts$)/,
    mayImport: [app, 'npm:*', 'node:*'],
  },
]

/** Each file imports only what the rule of its folder allows. */
export function checkImports(): readonly Finding[] {
  return readFiles('{packages,apps}/*/{src,test}/**/*.{ts,tsx}').flatMap(findForbiddenImports)
}

export function findForbiddenImports(file: TextFile): readonly Finding[] {
  if (isTest(file.path)) return findEscapes(file)
  const layer = layers.find((each) => each.files.test(file.path))
  if (layer === undefined) {
    return [{ file: file.path, message: 'has no import rule in tools/check-imports.ts' }]
  }
  const forbidden = moduleRequests(file)
    .filter((request) => !isAllowed(file.path, layer, request))
    .map((request) => finding(file, request, 'may not be imported here'))
  return [...forbidden, ...findEntryCode(file)]
}

/** Tests may import public entries and files of their own package, never files of another package. */
function findEscapes(file: TextFile): readonly Finding[] {
  const home = file.path.split('/').slice(0, 2).join('/')
  return moduleRequests(file)
    .filter((request) => isRelative(request))
    .filter((request) => {
      const target = targetOf(file.path, request)
      return !target.startsWith(`${home}/`) && !target.startsWith('tools/testing/')
    })
    .map((request) => finding(file, request, 'belongs to another package; import what it exports'))
}

/** An entry only re-exports. */
function findEntryCode(file: TextFile): readonly Finding[] {
  if (!/^packages\/coatcheck\/src\/[^/]+\.ts$/.test(file.path)) return []
  return childrenOf(parseSource(file))
    .filter((node) => !node.type.startsWith('Export') || node.source == null)
    .map((node) => ({
      file: file.path,
      line: lineAt(file.text, node.start),
      message: 'an entry only re-exports',
    }))
}

function isAllowed(path: string, layer: Layer, request: ModuleRequest): boolean {
  const patterns = request.typeOnly
    ? [...layer.mayImport, ...(layer.mayImportTypes ?? [])]
    : layer.mayImport
  const group = layer.files.exec(path)?.groups?.own ?? ''
  return patterns.some((pattern) =>
    isCovered(targetOf(path, request), request, pattern.replace('{own}', group)),
  )
}

function isCovered(target: string, request: ModuleRequest, pattern: string): boolean {
  if (isRelative(request)) return isWithin(target, pattern)
  if (target.startsWith('node:')) return isCoveredBuiltin(target, request, pattern)
  return pattern === 'npm:*' || pattern === target
}

/** A pattern ends with `/` or `*`, or is the name of a file or folder. */
function isWithin(target: string, pattern: string): boolean {
  if (pattern.endsWith('*')) return target.startsWith(pattern.slice(0, -1))
  if (pattern.endsWith('/')) return target.startsWith(pattern)
  return target.startsWith(`${pattern}/`) || target.startsWith(`${pattern}.`)
}

function isCoveredBuiltin(target: string, request: ModuleRequest, pattern: string): boolean {
  if (pattern === 'node:*' || pattern === target) return true
  const [module, name] = pattern.split('#')
  // Each export has its own pattern; together they must cover all imported names.
  if (module !== target || name === undefined) return false
  return (
    request.names.length > 0 && request.names.every((each) => pure.includes(`${target}#${each}`))
  )
}

function targetOf(path: string, request: ModuleRequest): string {
  return isRelative(request)
    ? posix.join(posix.dirname(path), request.specifier)
    : request.specifier
}

function isRelative(request: ModuleRequest): boolean {
  return request.specifier.startsWith('.')
}

function finding(file: TextFile, request: ModuleRequest, message: string): Finding {
  return { file: file.path, line: request.line, message: `${request.specifier} ${message}` }
}

/** An adapter may import the ports and the packages of its technology, never another adapter. */
function adapterLayer(folder: string, technology: readonly string[]): Layer {
  return {
    files: layerPattern(app, `adapters/${folder}`),
    mayImport: [
      ...within(app, 'domain', 'application/ports', `adapters/${folder}`),
      ...['coatcheck', ...technology],
    ],
  }
}

/** A feature may import the domain, the ports and types of the library, and only types of the listed features. */
function featureLayer(folder: string, otherFeatures: readonly string[] = []): Layer {
  const features = otherFeatures.map((each) => `application/${each}`)
  return {
    files: layerPattern(app, `application/${folder}`),
    mayImport: [...applicationBase, ...within(app, `application/${folder}`)],
    mayImportTypes: ['coatcheck', ...within(app, ...features)],
  }
}

function layerPattern(base: string, folder: string): RegExp {
  return new RegExp(`^${base}${folder}/`)
}

function within(base: string, ...folders: readonly string[]): readonly string[] {
  return [...folders.map((folder) => `${base}${folder}/`), ...pure]
}
