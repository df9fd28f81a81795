import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import type { TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

/** A form, the moment at which its session ends, and the effect of the form. */
interface Race {
  readonly page: string
  readonly action?: string
  readonly input?: Readonly<Record<string, string>>
  /** The repository call that is blocked until the session has ended. */
  readonly blockedCall: string
  /** Whether the form had its effect. */
  readonly isDone: (app: TestApp) => Promise<boolean>
}

const rowsOf = async (app: TestApp, sql: string) => (await app.storage.query(sql)).length

const creating = {
  page: '/create',
  input: { original_url: 'https://dest.test/made', short_code: 'made' },
  isDone: async (app: TestApp) =>
    (await rowsOf(app, `SELECT 1 FROM links WHERE destination = 'https://dest.test/made'`)) === 1,
}
const editing = {
  page: '/links/before/edit',
  input: { original_url: 'https://dest.test/edited' },
  isDone: async (app: TestApp) =>
    (await rowsOf(app, `SELECT 1 FROM links WHERE destination = 'https://dest.test/edited'`)) === 1,
}
const deleting = {
  page: '/dashboard',
  action: '/links/before/delete',
  isDone: async (app: TestApp) =>
    (await rowsOf(app, 'SELECT 1 FROM links WHERE removed_at IS NOT NULL')) === 1,
}

/** After the guards: the request completes, as if the session had ended a moment later. */
const afterGuards: readonly (readonly [description: string, race: Race])[] = [
  ['creating a link', { ...creating, blockedCall: 'links.add' }],
  ['changing a link', { ...editing, blockedCall: 'links.edit' }],
  ['deleting a link', { ...deleting, blockedCall: 'linkChanges.apply' }],
  ['reading the user', { ...creating, blockedCall: 'users.find' }],
]

/** Before the guards have read the session: the request has no effect. */
const beforeGuards: readonly (readonly [description: string, race: Race])[] = [
  ['creating a link', { ...creating, blockedCall: 'store.find' }],
  ['changing a link', { ...editing, blockedCall: 'store.find' }],
  ['deleting a link', { ...deleting, blockedCall: 'store.find' }],
]

describe.each(databases)('session end during a form submission on %s', (kind) => {
  /**
   * Submits the form, ends its session from another device at that moment, then lets the request
   * continue.
   */
  async function run(
    app: TestApp,
    race: Race,
  ): Promise<{ answer: TestResponse; browser: Browser }> {
    const browser = await aSignedInBrowser(app)
    const { account } = browser
    const before = { original_url: 'https://dest.test/before', short_code: 'before' }
    expect((await browser.submit('/create', before)).status).toBe(303)
    const other = await aSignedInBrowser(app, account)
    const ending = await openForm(app, other, {
      page: '/settings/sessions',
      action: '/settings/sessions/revoke-others',
    })
    const form = await openForm(app, browser, race)

    const blocked = app.faults.block(race.blockedCall)
    const pending = form.send(race.input ?? {})
    await blocked.reached
    expect((await ending.send()).status).toBe(303)
    blocked.release()
    return { answer: await pending, browser }
  }

  it.each(afterGuards)(
    'while %s: takes full effect, and the next request is rejected',
    async (_, race) => {
      await using app = await anApp(kind, { env: { SESSION_CACHE: 'off' } })
      const { answer, browser } = await run(app, race)
      expect(answer.status).toBe(303)
      expect(answer.location).not.toContain('/login')
      expect(await race.isDone(app)).toBe(true)
      const next = await browser.open('/dashboard')
      expect(next.location).toBe('/login?error=session_expired&next=%2Fdashboard')
      expect(textOf(await browser.open(next.location))).toContain('signed out from another device')
      expect(browser.sessionCookie()).toBe('')
      expect(await app.storage.query('SELECT 1 FROM drafts')).toEqual([])
    },
  )

  it.each(beforeGuards)(
    'before the guard reads the session for %s: has no effect',
    async (_, race) => {
      await using app = await anApp(kind, { env: { SESSION_CACHE: 'off' } })
      const { answer, browser } = await run(app, race)
      expect([answer.status, answer.location]).toEqual([
        303,
        expect.stringMatching(/^\/login\?error=session_expired&next=/),
      ])
      expect(await race.isDone(app)).toBe(false)
      expect(browser.sessionCookie()).toBe('')
      // Input is saved as a draft; a form that deletes has none.
      expect(await app.storage.query('SELECT 1 FROM drafts')).toHaveLength(race.input ? 1 : 0)
    },
  )
})
