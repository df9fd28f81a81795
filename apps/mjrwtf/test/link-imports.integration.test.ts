import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, textOf } from './support/browser.ts'
import { checkedPath, importFile, uploadImport } from './support/imports.ts'
import { createOldService } from './support/old-service.ts'
import { openApp, type TestApp } from './support/open-app.ts'
import { databases, openStorage } from './support/storage.ts'

const header = 'original_url,short_code,title,tags,created_at,click_count'

async function storedLinks(app: TestApp, columns: string): Promise<readonly object[]> {
  return app.storage.query(`SELECT ${columns} FROM links ORDER BY short_code`)
}

/** The file of an old service with one link and two clicks. */
function oldDatabase(change: (connection: SqliteConnection.Database) => void = () => {}): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  const old = createOldService(folder)
  const clicks = ['2025-11-25 10:00:00', '2025-11-26 10:00:00']
  old.addLink({ shortCode: 'menu', url: 'https://dest.test/menu', clicks })
  const connection = new SqliteConnection(old.file)
  change(connection)
  connection.pragma('wal_checkpoint(TRUNCATE)')
  connection.close()
  old.close()
  const bytes = readFileSync(old.file)
  rmSync(folder, { recursive: true })
  return bytes
}

describe.each(databases)('imports of links on %s', (kind) => {
  it('adds nothing before the user confirms, then what the check has announced', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const browser = await aSignedInBrowser(app)
    const lines = [
      'https://dest.test/a,Menu,Lunch,"food|2026",2020-02-03,1200',
      'https://dest.test/b',
    ]
    const path = await checkedPath(app, browser, [header, ...lines].join('\n'))
    expect(textOf(await browser.open(path))).toContain('2 links can be added.')
    expect(await storedLinks(app, 'short_code')).toEqual([])
    await browser.submit(`${path}/start`, {}, { on: path })
    await app.features.transfer.runner.idle()
    expect(textOf(await browser.open(path))).toContain('2 links added.')
    const columns = 'title, tags, click_count AS clicks'
    const menu = await app.storage.query(`SELECT ${columns} FROM links WHERE short_code = 'Menu'`)
    expect(menu).toMatchObject([{ clicks: kind === 'sqlite' ? 1200 : '1200' }])
    expect((await app.send('/Menu')).location).toBe('https://dest.test/a')
  })

  it('skips lines with a problem and names each with its line', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const browser = await aSignedInBrowser(app)
    const lines = [
      'https://dest.test/a,menu',
      'https://dest.test/b,MENU',
      'javascript:alert(1),script',
      'https://dest.test/c,login',
      `https://dest.test/d,${'x'.repeat(100)}`,
      'https://dest.test/e,nul\0',
      'https://dest.test/f,extra,,,,,7,8',
      'https://dest.test/g,when,,,yesterday',
    ]
    const page = textOf(await importFile(app, browser, [header, ...lines].join('\n')))
    expect(page).toContain('1 link added.')
    expect(page).toContain('7 lines skipped')
    for (const line of [3, 4, 5, 6, 7, 8, 9]) expect(page).toContain(`Line ${line}`)
    const again = textOf(await importFile(app, browser, `${header}\nhttps://x.test/,Menu`))
    expect(again).toContain('0 links added.')
    expect(again).toContain('The code is in use')
  })

  it('removes the links of a canceled import, whose codes can be used again', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const browser = await aSignedInBrowser(app)
    const lines = Array.from({ length: 250 }, (_, n) => `https://dest.test/${n},code-${n},,,,3`)
    const path = await checkedPath(app, browser, [header, ...lines].join('\n'))
    const own = { ownerId: browser.account.id, id: path.split('/').at(-1) ?? '' }
    // The import stands still after its first step, as if the process had been killed.
    await app.persistence.imports.start(own, app.clock.now())
    const step = await app.persistence.imports.readStep(own.id, 0)
    const links = step?.links.map(({ link }) => link) ?? []
    await app.persistence.imports.addLinks(own.id, { links, firstClicks: step?.clicks ?? [] })
    expect((await app.send('/code-7')).status).toBe(302)
    await browser.submit(`${path}/cancel`, {}, { on: path })
    await app.features.transfer.runner.idle()
    expect(textOf(await browser.open(path))).toContain('Import canceled')
    expect([await storedLinks(app, 'id'), (await app.send('/code-7')).status]).toEqual([[], 404])
    // A process that was still at this step adds nothing any more.
    const late = { links, firstClicks: step?.clicks ?? [] }
    expect(await app.persistence.imports.addLinks(own.id, late)).toBe(false)
    expect(await storedLinks(app, 'id')).toEqual([])
    expect(textOf(await importFile(app, browser, `${header}\nhttps://x.test/,code-7`))).toContain(
      '1 link added.',
    )
  })

  it('continues an import after a process was killed between any two operations', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const browser = await aSignedInBrowser(app)
    const lines = Array.from({ length: 150 }, (_, n) => `https://dest.test/${n},code-${n},,,,2`)
    const path = await checkedPath(app, browser, [header, ...lines].join('\n'))
    const own = { ownerId: browser.account.id, id: path.split('/').at(-1) ?? '' }
    const { imports } = app.persistence
    await imports.start(own, app.clock.now())
    const step = await imports.readStep(own.id, 0)
    const links = step?.links.slice(0, 40).map(({ link }) => link) ?? []
    await imports.addLinks(own.id, { links, firstClicks: step?.clicks.slice(0, 40) ?? [] })
    // A visitor of the same day. The repeated step must not overwrite the counts.
    const visits = step?.clicks.slice(0, 1).map((click) => ({ ...click, id: 'a-visit', count: 5 }))
    await app.persistence.clicks.add(visits ?? [])
    await app.features.transfer.runner.resume()
    await app.features.transfer.runner.idle()
    expect(await storedLinks(app, 'id')).toHaveLength(40)
    app.clock.advance(31_000)
    await app.features.transfer.runner.resume()
    await app.features.transfer.runner.idle()
    expect(textOf(await browser.open(path))).toContain('150 links added.')
    const [sums] = await app.storage.query(`SELECT
      (SELECT sum(click_count) FROM links) AS links, (SELECT sum(count) FROM clicks) AS clicks,
      (SELECT sum(clicks) FROM click_days) AS days, (SELECT sum(clicks) FROM link_entries) AS entries,
      (SELECT sum(clicks) FROM link_totals) AS totals`)
    expect(Object.values(sums ?? {}).map(Number)).toEqual([305, 305, 305, 305, 305])
  })

  it('reads the database of the old service, but no view that computes', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const browser = await aSignedInBrowser(app)
    expect(textOf(await importFile(app, browser, oldDatabase()))).toContain('1 link added.')
    const [{ clicks }] = (await storedLinks(app, 'click_count AS clicks')) as [{ clicks: unknown }]
    expect(Number(clicks)).toBe(2)
    const hostile = oldDatabase((connection) =>
      connection.exec(`ALTER TABLE urls RENAME TO real; CREATE VIEW urls AS
        WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
        SELECT x AS id, 'a' AS short_code, 'b' AS original_url, 'c' AS created_at FROM n`),
    )
    const refused = await uploadImport(app, browser, hostile)
    expect([refused.status, textOf(refused)]).toEqual([
      400,
      expect.stringContaining('This is not a database of the old mjr.wtf service'),
    ])
  })

  it('exports links that an import reads back without a change', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const [browser, other] = [await aSignedInBrowser(app), await aSignedInBrowser(app)]
    const text = [
      'original_url,short_code,title,note,tags,created_at,expires_at,archived,clicks',
      `https://dest.test/a?b=c,menu,"=1+1, ""x""","two\nlines",food|2026,2020-02-03T10:00:00Z,2021-01-01,yes,7`,
    ].join('\n')
    await importFile(app, browser, text)
    const exported = await browser.open('/links/export?format=csv')
    expect(exported.headers['content-disposition']).toMatch(
      /attachment; filename="mjrwtf-links-.*csv"/,
    )
    expect(exported.body).toContain(`"'=1+1`)
    const asJson = (await browser.open('/links/export?format=json')).body
    const before = await storedLinks(app, '*')
    /** Another user's link has another identity, and was archived at another time. */
    const changed = (row: object | undefined) => {
      const names = ['id', 'short_code', 'code_key', 'owner_id', 'position', 'archived_at']
      return Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => names.includes(name)))
    }
    for (const file of [exported.body, asJson]) {
      const renamed = file.replaceAll('menu', `menu-${file.length}`)
      await importFile(app, other, renamed)
      const code = `menu-${file.length}`
      const [after] = await app.storage.query(`SELECT * FROM links WHERE short_code = '${code}'`)
      expect(after).toMatchObject({ ...before[0], ...changed(after) })
    }
  })
})

describe('files that cannot be imported', () => {
  it.each([
    ['an empty file', '', 'Choose a file'],
    ['a file without destinations', 'a,b\n1,2', 'No column has the destination URLs.'],
    ['another encoding', Buffer.from([0x75, 0x72, 0x6c, 0x0a, 0xe4, 0xff]), 'not encoded as UTF-8'],
    ['a line of 100 KiB', `url\n${'x'.repeat(100_000)}`, 'is longer than 64 KiB'],
    ['a quotation mark that stays open', 'url\n"https://dest.test/', 'never closed'],
    [
      'JSON with more objects than links',
      `[${'{},'.repeat(150_000)}{}]`,
      'more than 150,000 objects',
    ],
    ['a line with 2,000 columns', ','.repeat(2_000), 'more than 1,000 columns'],
    ['JSON without a list', '{"links": 3}', 'has no list of links'],
  ])('answers 400 to %s, says why, and stores nothing', async (_, content, message) => {
    await using storage = await openStorage('sqlite')
    await using app = await openApp(storage)
    const browser = await aSignedInBrowser(app)
    const refused = await uploadImport(app, browser, content)
    expect([refused.status, textOf(refused)]).toEqual([400, expect.stringContaining(message)])
    expect(await storage.query('SELECT id FROM link_imports')).toEqual([])
  })

  it('stores the first 1,000 of 50,000 problems and counts the others', async () => {
    await using storage = await openStorage('sqlite')
    await using app = await openApp(storage)
    const browser = await aSignedInBrowser(app)
    const lines = Array.from({ length: 50_000 }, () => 'no url')
    const path = await checkedPath(app, browser, ['url', ...lines].join('\n'))
    expect(textOf(await browser.open(path))).toContain('50,000 lines skipped')
    const file = await browser.open(`${path}/problems`)
    expect(file.body.trimEnd().split('\r\n')).toHaveLength(1_001)
  })

  it('answers 413 to more than 32 MiB and to a form of another site with 403', async () => {
    await using storage = await openStorage('sqlite')
    await using app = await openApp(storage)
    const browser = await aSignedInBrowser(app)
    const large = await uploadImport(
      app,
      browser,
      `url\n${'https://dest.test/\n'.repeat(1_800_000)}`,
    )
    expect(large.status).toBe(413)
    const forged = await browser.send('/links/import', {
      method: 'POST',
      headers: [['Content-Type', 'multipart/form-data; boundary=x']],
      body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nurl\r\n--x--\r\n',
    })
    expect(forged.status).toBe(403)
  })
})
