import { describe, expect, it } from 'vitest'
import { restorableFor } from '../src/domain/link-change.ts'
import { shorten } from './support/api.ts'
import { aSignedInBrowser, type Browser, formType, fromOurPage, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

async function aBrowserWithLinks(app: TestApp, prefix: string, count: number) {
  const browser = await aSignedInBrowser(app)
  const codes = Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
  for (const short_code of codes) {
    app.clock.advance(1_000)
    await shorten(browser, { original_url: 'https://dest.test/', short_code })
  }
  return { browser, codes }
}

type ChangeFields = Readonly<Record<string, string | readonly string[]>>

/** Submits the form of the dashboard. A field may have several values. */
async function change(browser: Browser, app: TestApp, fields: ChangeFields) {
  const body = new URLSearchParams({ csrf_token: await browser.csrfToken('/dashboard') })
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) body.append(name, value)
  }
  const headers = [...formType, ...fromOurPage(app)]
  return browser.send('/dashboard/change', { method: 'POST', headers, body: body.toString() })
}

const codesOn = (body: string) =>
  [...body.matchAll(/name="selected" value="([^"]+)"/g)].map(([, code = '']) => code)

describe.each(databases)('changes of many links on %s', (kind) => {
  const opened = useApp(kind)

  it('archives, tags and deletes the selected links, and undoes each', async () => {
    const app = opened()
    const { browser, codes } = await aBrowserWithLinks(app, `bulk${kind}`, 4)
    const [a = '', b = '', c = '', d = ''] = codes
    const list = async (query = '') => codesOn((await browser.open(`/dashboard?${query}`)).body)
    const undo = async (location: string | null) => {
      const body = (await browser.open(location ?? '')).body
      const [, action = ''] = /action="(\/dashboard\/changes\/[^"]+\/undo)"/.exec(body) ?? []
      return browser.submit(action, {}, { on: '/dashboard' })
    }

    const archived = await change(browser, app, { action: 'archive', selected: [a, b, 'unknown'] })
    expect([archived.status, archived.location]).toEqual([303, expect.stringContaining('change=')])
    const shown = await browser.open(archived.location ?? '')
    expect(textOf(shown)).toContain('2 links archived.')
    expect([codesOn(shown.body), await list('state=archived')]).toEqual([
      [d, c],
      [b, a],
    ])
    expect((await app.send(`/${a}`)).status).toBe(302)
    expect(textOf(await browser.open((await undo(archived.location)).location ?? ''))).toContain(
      'The change was undone.',
    )
    expect(await list()).toEqual([d, c, b, a])

    const tagged = await change(browser, app, {
      action: 'add-tag',
      tag: ' Menü ',
      selected: [c, d],
    })
    expect(await list('tag=MEN%C3%9C')).toEqual([d, c])
    await change(browser, app, { action: 'add-tag', tag: 'menü', selected: [a, c] })
    expect(await list('tag=men%C3%BC')).toEqual([d, c, a])
    await change(browser, app, { action: 'remove-tag', tag: 'MENÜ', selected: [d] })
    expect(await list('tag=men%C3%BC')).toEqual([c, a])
    // Not from d, which a later change has changed.
    await undo(tagged.location)
    expect(await list('tag=men%C3%BC')).toEqual([a])

    const deleted = await change(browser, app, { action: 'delete', selected: [a, d] })
    expect([await list(), (await app.send(`/${a}`)).status]).toEqual([[c, b], 410])
    await undo(deleted.location)
    expect([await list(), (await app.send(`/${a}`)).status]).toEqual([[d, c, b, a], 302])
  })

  it('changes all links of a filter, on all pages and no others', async () => {
    const app = opened()
    const { browser } = await aBrowserWithLinks(app, `all${kind}`, 3)
    const { browser: other } = await aBrowserWithLinks(app, `other${kind}`, 1)
    const [account] = await app.storage.query(
      `SELECT owner_id FROM links WHERE short_code = 'all${kind}-0'`,
    )
    const owner = account !== undefined && 'owner_id' in account ? String(account.owner_id) : ''
    const at = kind === 'sqlite' ? '1' : 'to_timestamp(1)'
    await app.storage.query(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
      INSERT INTO links (id, short_code, destination, owner_id, created_at, tags, tag_keys)
      SELECT '${owner}' || n, 'tagged${kind}-' || n, 'https://x.test/', '${owner}', ${at},
        '["Old"]', '["old"]' FROM numbers`)
    const first = await change(browser, app, { action: 'archive', scope: 'all', filter_tag: 'OLD' })
    const page = await browser.open(first.location ?? '')
    expect(textOf(page)).toContain('1,000 links archived. There are more to change.')
    const [, more = ''] = /action="(\/dashboard\/changes\/[^"]+\/continue)"/.exec(page.body) ?? []
    // Two tabs continue: each link is changed once.
    await Promise.all([1, 2].map(() => browser.submit(more, {}, { on: '/dashboard' })))
    expect(textOf(await browser.open(first.location ?? ''))).toContain('1,200 links archived.')
    expect(codesOn((await browser.open('/dashboard')).body)).toHaveLength(3)
    expect(codesOn((await other.open('/dashboard')).body)).toHaveLength(1)

    const undo = more.replace('continue', 'undo')
    const undone = await browser.submit(undo, {}, { on: '/dashboard' })
    expect(textOf(await browser.open(undone.location ?? ''))).toContain('being undone')
    await browser.submit(more, {}, { on: '/dashboard' })
    expect(textOf(await browser.open('/dashboard?tag=old'))).toContain('of more than 1,000')
    expect(textOf(await browser.open('/dashboard'))).toContain('1–20 of 1,203')
  })

  it('stores a tag of many links as that of one, and refuses what one refuses', async () => {
    const app = opened()
    const { browser, codes } = await aBrowserWithLinks(app, `rule${kind}`, 1)
    const [code = ''] = codes
    const tags = async () => (await browser.call('GET', `/api/urls/${code}`)).json()
    await change(browser, app, { action: 'add-tag', tag: 'Cafe\u0301', selected: [code] })
    expect(await tags()).toMatchObject({ tags: ['Caf\u00e9'] })
    const tag = 'two\u2028lines'
    await change(browser, app, { action: 'add-tag', tag, selected: [code] })
    const { status } = await browser.call('PATCH', `/api/urls/${code}`, { tags: [tag] })
    expect([status, await tags()]).toMatchObject([400, { tags: ['Caf\u00e9'] }])
  })

  it('lists tags with their links, and renames and deletes them on archived links too', async () => {
    const app = opened()
    const { browser, codes } = await aBrowserWithLinks(app, `tags${kind}`, 3)
    const [a = '', b = ''] = codes
    await change(browser, app, { action: 'add-tag', tag: 'Menü', selected: [a, b] })
    await change(browser, app, { action: 'add-tag', tag: 'Zoo', selected: [b] })
    await change(browser, app, { action: 'archive', selected: [b] })
    const tags = async () => textOf(await browser.open('/dashboard/tags'))
    expect(await tags()).toMatch(/Menü 2 links.*Zoo 1 link/)
    const renaming = { scope: 'tag', action: 'rename-tag', tag: 'Menü', new_tag: 'Card' }
    const renamed = await change(browser, app, renaming)
    expect(textOf(await browser.open(renamed.location ?? ''))).toMatch(
      /on 2 links. This cannot be undone.*Card 2 links/,
    )
    const deleted = await change(browser, app, { scope: 'tag', action: 'remove-tag', tag: 'Card' })
    const page = await browser.open(deleted.location ?? '')
    expect(textOf(page)).not.toContain('Card 2 links')
    const [, undo = ''] = /action="([^"]+undo)"/.exec(page.body) ?? []
    const undone = await browser.submit(undo, {}, { on: '/dashboard' })
    expect(textOf(await browser.open(undone.location ?? ''))).toMatch(/Card 2 links.*Zoo 1 link/)
    const other = await aSignedInBrowser(app)
    expect(textOf(await other.open('/dashboard/tags'))).toContain('No links with tags')
    expect((await browser.open('/dashboard/tags?after=zoo%00')).status).toBe(200)
  })

  it('renames a tag on all links, and merges it with another one', async () => {
    const app = opened()
    const { browser, codes } = await aBrowserWithLinks(app, `tag${kind}`, 2)
    const [a = '', b = ''] = codes
    await change(browser, app, { action: 'add-tag', tag: 'one', selected: [a, b] })
    await change(browser, app, { action: 'add-tag', tag: 'two', selected: [b] })
    const renaming = { action: 'rename-tag', tag: 'ONE', filter_tag: 'one', new_tag: 'Two' }
    expect((await change(browser, app, renaming)).status).toBe(303)
    const rows = await app.storage.query(
      `SELECT tags FROM links WHERE short_code IN ('${a}', '${b}') ORDER BY short_code`,
    )
    expect(rows).toEqual([{ tags: '["Two"]' }, { tags: '["two"]' }])
    expect(codesOn((await browser.open('/dashboard?tag=two')).body)).toEqual([b, a])
  })

  it('restores deleted links for 30 days, and not those of other users', async () => {
    const app = opened()
    const { browser, codes } = await aBrowserWithLinks(app, `deleted${kind}`, 3)
    const [a = '', b = '', c = ''] = codes
    await change(browser, app, { action: 'delete', selected: [a] })
    app.clock.advance(restorableFor)
    await browser.signIn(browser.account)
    await change(browser, app, { action: 'delete', selected: [b, c] })
    const deleted = await browser.open('/dashboard/deleted')
    expect(codesOn(deleted.body)).toEqual([c, b])
    await change(browser, app, { action: 'restore', selected: [a, b] })
    expect(codesOn((await browser.open('/dashboard')).body)).toEqual([b])

    const other = await aSignedInBrowser(app)
    await change(other, app, { action: 'restore', selected: [c] })
    await change(other, app, { action: 'delete', selected: [b] })
    expect(codesOn((await browser.open('/dashboard')).body)).toEqual([b])
    const own = await change(browser, app, { action: 'archive', selected: [b] })
    const id = new URLSearchParams(own.location?.split('?')[1]).get('change') ?? ''
    const foreign = await other.submit(`/dashboard/changes/${id}/undo`, {}, { on: '/dashboard' })
    expect([foreign.status, textOf(await other.open(`/dashboard?change=${id}`))]).toEqual([
      404,
      expect.not.stringContaining('archived.'),
    ])
  })

  it('rejects a change without links, without a tag, or with a hostile one', async () => {
    const app = opened()
    const { browser, codes } = await aBrowserWithLinks(app, `bad${kind}`, 1)
    const [selected = ''] = codes
    for (const [fields, text] of [
      [{ action: 'archive' }, 'Select at least one link.'],
      [{ action: 'add-tag', selected, tag: ' ' }, 'Enter a tag.'],
      [{ action: 'add-tag', selected, tag: 'x'.repeat(51) }, 'Use at most 50 characters'],
      [{ action: 'add-tag', selected, tag: '\u202ereversed' }, 'invisible characters'],
      [{ action: 'add-tag', selected, tag: 'one, two' }, 'no tag contains a comma'],
    ] as const) {
      const answer = await change(browser, app, fields)
      expect([text, answer.status]).toEqual([text, 303])
      expect(textOf(await browser.open('/dashboard'))).toContain(text)
    }
    expect((await change(browser, app, { action: 'burn', selected })).status).toBe(400)
    const many = Array.from({ length: 101 }, (_, n) => `code-${n}`)
    expect((await change(browser, app, { action: 'delete', selected: many })).status).toBe(400)
  })
})
