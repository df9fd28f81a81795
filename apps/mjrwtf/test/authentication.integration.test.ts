import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  aBrowser,
  aSignedInBrowser,
  csrfTokenIn,
  formType,
  fromOurPage,
} from './support/browser.ts'
import { readEntryPoints } from './support/entry-points.ts'
import { createLeakDetector } from './support/leak-detector.ts'
import type { TestApp } from './support/open-app.ts'
import { type DatabaseKind, databases, type Storage } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const entryPoints = readEntryPoints()

/**
 * Unsafe routes that an anonymous visitor with a CSRF token can call without a redirect to sign-in.
 */
async function anonymousRoutes(app: TestApp): Promise<readonly string[]> {
  const unsafe = app.routes.filter((route) => !/^(GET|HEAD) /.test(route))
  const browser = aBrowser(app)
  const anonymous: string[] = []
  for (const route of unsafe) {
    const [method = '', pattern = ''] = route.split(' ')
    const path = pattern.replaceAll(/:\w+/g, 'abc')
    const csrf_token = csrfTokenIn((await browser.open('/login')).body) ?? ''
    const type = path.startsWith('/api/')
      ? ([['Content-Type', 'application/json']] as const)
      : formType
    const headers = [...type, ...fromOurPage(app)]
    const body = path.startsWith('/api/') ? '{}' : new URLSearchParams({ csrf_token }).toString()
    const { status, location } = await browser.send(path, { method, headers, body })
    const isRejected = path.startsWith('/api/')
      ? status === 401
      : location.startsWith('/login?next=')
    if (!isRejected) anonymous.push(route)
  }
  return anonymous
}

/** Source files of the app, with their path below `src`. */
function sources(): readonly (readonly [path: string, text: string])[] {
  const folder = fileURLToPath(new URL('../src', import.meta.url))
  const paths = globSync('**/*.{ts,tsx}', { cwd: folder }).filter((path) => !/\.test\./.test(path))
  return paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(folder, path), 'utf8')])
}

async function columnsOf(kind: DatabaseKind, storage: Storage): Promise<readonly string[]> {
  const rows = await storage.query(
    kind === 'sqlite'
      ? `SELECT t.name || '.' || c.name AS name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'`
      : `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = current_schema()`,
  )
  return rows.map((row) => ('name' in row ? String(row.name) : ''))
}

describe.each(databases)('authentication entry points on %s (V6.1.3)', (kind) => {
  it('only routes in docs/authentication.md accept unsafe requests of anonymous visitors', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    expect((await anonymousRoutes(app)).toSorted()).toEqual(entryPoints.anonymous.toSorted())
  })

  it('password forms accept no field that names another user (V6.4.1)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    const [owner, other] = [await aSignedInBrowser(app), await app.account()]
    const before = await app.storage.query('SELECT id, password_hash FROM users ORDER BY id')
    for (const more of ['user_id', 'id', 'email', 'user', 'account']) {
      for (const path of ['/settings/password', '/reauthenticate']) {
        const fields = path.endsWith('password')
          ? { current_password: owner.account.password, new_password: 'lantern gravel oboe sixty' }
          : { password: owner.account.password }
        const fieldsOfOther = { ...fields, [more]: more === 'email' ? other.email : other.id }
        expect([path, more, (await owner.submit(path, fieldsOfOther)).status]).toEqual([
          path,
          more,
          400,
        ])
      }
    }
    expect(await app.storage.query('SELECT id, password_hash FROM users ORDER BY id')).toEqual(
      before,
    )
  })

  it('the database has no column for hints, security questions or readable passwords (V6.4.2)', async () => {
    await using app = await anApp(kind)
    const columns = await columnsOf(kind, app.storage)
    expect(columns).toContain('users.password_hash')
    const columnsMatching = (pattern: RegExp) =>
      columns.filter((column) => pattern.test(column)).toSorted()
    expect(columnsMatching(/hint|question|answer|remind(?!er_|ed_at)|maiden/)).toEqual([])
    expect(columnsMatching(/passw|passphrase|pin$/)).toEqual([
      'device_authorizations.password_version',
      // Of a link, for its visitors: it signs no one in.
      'links.password_hash',
      'users.password_changed_at',
      'users.password_changed_by_session',
      'users.password_hash',
      'users.password_resets',
      'users.password_version',
    ])
  })
})

it('leak detector: reports a session created by a route that is not listed (V6.1.3)', () => {
  const leakDetector = createLeakDetector({ https: false })
  const inspect = (path: string, handle: string) =>
    leakDetector.inspect(path, {
      status: 303,
      headers: {},
      setCookies: [`session-dev=${handle}.${'s'.repeat(43)}; Path=/; HttpOnly; SameSite=Lax`],
      body: '',
      location: '',
      json: () => null,
    })
  inspect('POST /login?next=x', 'a'.repeat(22))
  // A new secret for a session that a listed route created.
  inspect('POST /reauthenticate', 'a'.repeat(22))
  inspect('GET /reset?token=x', 'b'.repeat(22))
  const unlisted = leakDetector
    .findings()
    .filter((finding) => finding.includes('creates a session'))
  expect(unlisted).toEqual(['303 GET /reset?token=x: creates a session but is not listed'])
})

it('source code: sessions are created by these pages only (V6.1.3)', () => {
  const callersOf = (call: RegExp) =>
    sources().flatMap(([path, text]) => [...text.matchAll(call)].map(() => path))
  expect(callersOf(/\.signIn\(/g)).toEqual(['adapters/http/sign-in/establish-session.ts'])
  expect(callersOf(/\.completeSignIn\(/g)).toEqual(['adapters/http/sign-in/establish-session.ts'])
  expect(callersOf(/(?<!function )\bcreateSession\(/g)).toEqual([
    'adapters/http/sign-in/establish-session.ts',
  ])
  const callers = callersOf(/(?<!function )\bestablishSession\(/g)
  expect(callers.toSorted()).toEqual([
    'adapters/http/providers/newcomer.tsx',
    'adapters/http/sign-in/begin-sign-in.ts',
    'adapters/http/sign-in/create-account.tsx',
    'adapters/http/sign-in/second-step.tsx',
  ])
})

it('source code: only these forms, and no API call, have a password field (V6.4.1)', () => {
  const schemas = sources().flatMap(([path, text]) =>
    [...text.matchAll(/(?:define\w*Form|strictObject|z\.object)\(\s*\{(.*?)\}\s*[,)]/gs)].map(
      ([, body = '']) =>
        [path, [...body.matchAll(/(\w+):/g)].map(([, name = '']) => name)] as const,
    ),
  )
  const withPasswords = schemas.filter(([, names]) => names.some((name) => /passw/i.test(name)))
  const found = withPasswords.map(([path, names]) => `${path}: ${names.join(' ')}`)
  expect(schemas.length).toBeGreaterThan(8)
  expect(found.toSorted()).toEqual([
    'adapters/http/account/change-password.tsx: current_password new_password',
    'adapters/http/email-links/reset-password.tsx: password',
    // The password of a link, for its visitors, with its other options.
    'adapters/http/links/link-fields.ts: time_zone remove_password',
    'adapters/http/sign-in/create-account.tsx: code email password',
    'adapters/http/sign-in/create-account.tsx: invite email password',
    'adapters/http/sign-in/reauthenticate.tsx: password method code next',
    'adapters/http/sign-in/second-step.tsx: method code password trust_browser sign_in next',
    'adapters/http/sign-in/sign-in.tsx: email password remember_me next',
  ])
})
