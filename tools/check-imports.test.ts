import { describe, expect, it } from 'vitest'
import { findForbiddenImports } from './check-imports.ts'

const library = 'packages/coatcheck/src'
const app = 'apps/mjrwtf/src'

function messages(path: string, text: string): readonly string[] {
  return findForbiddenImports({ path, text }).map((finding) => finding.message)
}

describe('findForbiddenImports', () => {
  it.each([
    [`${library}/domain/token.ts`, "import { a } from './session.ts'"],
    [`${library}/domain/token.ts`, "import { createHash } from 'node:crypto'"],
    [`${library}/domain/client.ts`, "import { isIP, BlockList } from 'node:net'"],
    [`${library}/ports/system.ts`, "import type { A } from '../domain/time.ts'"],
    [`${library}/sessions/verify.ts`, "import type { A } from '../ports/session-store.ts'"],
    [`${library}/http/cookies.ts`, "import type { A } from '../sessions/sessions.ts'"],
    [`${library}/stores/sqlite/rows.ts`, "import type { A } from 'better-sqlite3'"],
    [`${library}/stores/sqlite/rows.ts`, "import { a } from './migrations/list.ts'"],
    [`${library}/stores/sqlite/rows.ts`, "import { a } from '../tables/migration-plan.ts'"],
    [`${library}/frameworks/hono.ts`, "import type { Context } from 'hono'"],
    [`${library}/frameworks/hono/session.ts`, "import { a } from '../../http/csrf.ts'"],
    [`${library}/testing/suite.ts`, "import { it } from 'vitest'"],
    [`${library}/sqlite.ts`, "export { a } from './stores/sqlite/session-store.ts'"],
    [`${app}/application/links/shorten-link.ts`, "import type { A } from '../ports/links.ts'"],
    [`${app}/application/links/shorten-link.ts`, "import type { Clock } from 'coatcheck'"],
    [`${app}/application/sign-in/a.ts`, "import type { A } from '../email/limit.ts'"],
    [`${app}/adapters/http/routes.tsx`, "import { session } from 'coatcheck/hono'"],
    [`${app}/adapters/http/account/export.tsx`, "import { a } from '../links/link-fields.ts'"],
    [`${app}/adapters/http/links/links.tsx`, "import { a } from '../forms/form-page.ts'"],
    [`${app}/adapters/email/smtp.ts`, "import { createTransport } from 'nodemailer'"],
    [`${app}/config/mail.ts`, "import type { A } from '../adapters/email/smtp.ts'"],
    [`${app}/main.ts`, "import { a } from './adapters/http/routes.tsx'"],
    [`${app}/adapters/http/routes.test.ts`, "import { a } from '../persistence/links.ts'"],
  ])('lets %s contain %s', (path, text) => {
    expect(messages(path, text)).toEqual([])
  })

  it.each([
    [`${library}/domain/token.ts`, "import type { A } from '../ports/system.ts'"],
    [`${library}/domain/token.ts`, "import { readFile } from 'node:fs'"],
    [`${library}/domain/client.ts`, "import { isIP, connect } from 'node:net'"],
    [`${library}/domain/client.ts`, "import * as net from 'node:net'"],
    [`${library}/ports/system.ts`, "import { a } from '../sessions/sessions.ts'"],
    [`${library}/sessions/verify.ts`, "type A = import('../http/cookies.ts').A"],
    [`${library}/http/cookies.ts`, "import { setCookie } from 'hono/cookie'"],
    [`${library}/stores/sqlite/rows.ts`, "import { a } from '../postgres/rows.ts'"],
    [`${library}/stores/sqlite/rows.ts`, "import Database from 'better-sqlite3'"],
    [`${library}/stores/tables/table-names.ts`, "import { a } from '../sqlite/rows.ts'"],
    [`${library}/frameworks/hono.ts`, "import type { A } from '../domain/session.ts'"],
    [`${library}/frameworks/hono.ts`, "import { a } from '../stores/sqlite/rows.ts'"],
    [`${library}/frameworks/hono.ts`, "import { a } from './express.ts'"],
    [`${library}/testing/suite.ts`, "import { a } from '../sessions/sessions.ts'"],
    [`${library}/sqlite.ts`, "export { default } from 'better-sqlite3'"],
    [`${app}/domain/link.ts`, "import { z } from 'zod'"],
    [`${app}/application/links/a.ts`, "export * from '../../adapters/http/routes.tsx'"],
    [`${app}/application/links/a.ts`, "import { a } from 'coatcheck'"],
    [`${app}/application/links/a.ts`, "import type { A } from 'coatcheck/http'"],
    [`${app}/application/links/a.ts`, "import type { A } from '../email/limit.ts'"],
    [`${app}/application/sign-in/a.ts`, "import { a } from '../email/limit.ts'"],
    [`${app}/adapters/http/routes.tsx`, "const a = await import('../persistence/links.ts')"],
    [`${app}/adapters/http/routes.tsx`, "import { a } from '../../config.ts'"],
    [`${app}/adapters/http/links/links.tsx`, "import { a } from '../account/export.tsx'"],
    [`${app}/adapters/http/components/fields.tsx`, "import type { A } from '../forms/forms.ts'"],
    [`${app}/adapters/http/links/links.tsx`, "import type { A } from '../app.ts'"],
    [`${app}/adapters/http/unknown/a.ts`, "import { a } from '../http-context.ts'"],
    [`${app}/adapters/email/smtp.ts`, "import { Kysely } from 'kysely'"],
    [`${app}/adapters/unknown/a.ts`, "import { a } from '../../domain/link.ts'"],
    [`${app}/config/mail.ts`, "import { a } from '../adapters/email/smtp.ts'"],
    [
      `${app}/adapters/http/a.ts`,
      "import { a } from '../../../../../packages/coatcheck/src/index.ts'",
    ],
    [`${app}/main.test.ts`, "import { a } from '../../../packages/coatcheck/src/index.ts'"],
  ])('reports in %s: %s', (path, text) => {
    expect(messages(path, text)).toHaveLength(1)
  })

  it('reports code in an entry that does more than re-export', () => {
    expect(messages(`${library}/index.ts`, 'export const answer = 42')).toEqual([
      'an entry only re-exports',
    ])
  })

  it('reports a folder without an import rule', () => {
    expect(messages(`${library}/misc/helpers.ts`, '')).toHaveLength(1)
  })
})
