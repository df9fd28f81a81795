import { describe, expect, it } from 'vitest'
import { shorten } from './support/api.ts'
import { aSignedInBrowser, textOf } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

describe.each(databases)('page of a link on %s', (kind) => {
  const opened = useApp(kind)

  it('follows the creation of a link, so that a reload creates nothing', async () => {
    const browser = await aSignedInBrowser(opened())
    const created = await browser.submit('/create', {
      original_url: 'https://dest.test/a?b=c&d=<e>',
      short_code: 'created-once',
    })
    expect([created.status, created.location]).toEqual([303, '/links/created-once'])
    const first = await browser.open('/links/created-once')
    expect(textOf(first)).toContain('Link created.')
    const reloaded = await browser.open('/links/created-once')
    expect(textOf(reloaded)).not.toContain('Link created.')
    const links = await opened().storage.query(
      `SELECT id FROM links WHERE short_code = 'created-once'`,
    )
    expect(links).toHaveLength(1)
  })

  it('sends the QR code as SVG and as PNG in the requested size', async () => {
    const browser = await aSignedInBrowser(opened())
    await shorten(browser, { original_url: 'https://dest.test/', short_code: 'printed' })
    const svg = await browser.open('/links/printed/qr.svg?size=300&margin=0')
    expect([svg.status, svg.headers['content-type']]).toEqual([200, 'image/svg+xml'])
    expect(svg.body).toContain('width="300" height="300"')
    expect(svg.headers['content-disposition']).toBeUndefined()
    const png = await browser.open('/links/printed/qr.png?size=2362&download=1')
    expect([png.status, png.headers['content-type']]).toEqual([200, 'image/png'])
    expect(png.headers['content-disposition']).toContain('filename="qr-printed.png"')
    expect(png.headers['content-security-policy']).toContain("default-src 'none'")
  })

  it.each(['size=63', 'size=4097', 'size=1e3', 'size=-1', 'margin=21', 'size=64&size=65'])(
    'answers 400 for an invalid option of the QR code: %s',
    async (query) => {
      const browser = await aSignedInBrowser(opened())
      const created = await browser.submit('/create', { original_url: 'https://dest.test/' })
      const answer = await browser.open(`${created.location}/qr.png?${query}`)
      expect(answer.status).toBe(400)
      expect(textOf(answer)).toContain('Enter a whole number from')
    },
  )

  it('shows title, tags and note as typed, and the destination with its campaign', async () => {
    const browser = await aSignedInBrowser(opened())
    const created = await browser.submit('/create', {
      original_url: 'https://dest.test/?sig=a%2fB#top',
      short_code: 'spring',
      title: 'Frühling <b>',
      tags: 'Menu, spring sale,MENU',
      note: 'two\r\nlines',
      utm_source: 'newsletter',
    })
    expect(created.status).toBe(303)
    const page = await browser.open(created.location)
    const text = textOf(page)
    expect(text).toContain('Frühling <b>')
    expect(text).toContain('Destination: https://dest.test/?sig=a%2fB&utm_source=newsletter#top')
    expect(page.body).toContain('href="/dashboard?tag=spring+sale"')
    expect(text).not.toContain('MENU')
    expect(page.body).toContain('two\nlines')
    const form = await browser.open('/links/spring/edit')
    expect(form.body).toContain('value="Menu, spring sale"')
    await browser.submit('/links/spring/edit', { title: '', tags: '', note: '' })
    expect(textOf(await browser.open('/links/spring'))).toContain('Tags Before: Menu, spring sale')
  })

  it('names the field of a text that is too long or changes the writing direction', async () => {
    const browser = await aSignedInBrowser(opened())
    const fields = { title: 'a\u202eb', tags: 'x'.repeat(10_000), note: '\u0001' }
    const answer = await browser.submit('/create', {
      original_url: 'https://dest.test/',
      ...fields,
    })
    expect(answer.status).toBe(400)
    for (const name of ['title', 'tags', 'note'])
      expect(answer.body).toContain(`id="${name}-problem"`)
    expect(answer.body).toContain('x'.repeat(10_000))
  })

  it('fills the form from a bookmarklet or a share menu, and creates nothing', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const before = await app.storage.query('SELECT id FROM links')
    const query = new URLSearchParams({ url: 'https://dest.test/?a="b"', title: 'A <title>' })
    const filled = await browser.open(`/create?${query}`, [['Sec-Fetch-Site', 'cross-site']])
    expect(filled.body).toContain('value="https://dest.test/?a=&quot;b&quot;"')
    expect(filled.body).toContain('value="A &lt;title&gt;"')
    const shared = new URLSearchParams({ text: 'Look: https://dest.test/shared' })
    const fromText = await browser.open(`/create?${shared}`)
    expect(fromText.body).toContain('value="https://dest.test/shared"')
    const bookmarklet = await browser.open('/create/bookmarklet')
    expect(bookmarklet.body).toContain('href="javascript:void(')
    expect(await app.storage.query('SELECT id FROM links')).toEqual(before)
    const manifest = await app.send('/manifest.webmanifest')
    expect(manifest.json()).toMatchObject({ share_target: { action: '/create', method: 'GET' } })
  })

  it('creates and edits a link with options; an empty password field keeps the password', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const options = {
      starts_at: '2030-01-01T10:00',
      expires_at: '2031-01-01T10:00',
      fallback_url: 'https://dest.test/over',
      click_limit: '100',
      password: 'open sesame',
      forward_query: 'on',
    }
    const fields = { original_url: 'https://dest.test/', short_code: 'options', ...options }
    expect((await browser.submit('/create', fields)).status).toBe(303)
    const page = textOf(await browser.open('/links/options'))
    for (const shown of ['Click limit 100', 'https://dest.test/over', 'Password Required'])
      expect(page).toContain(shown)
    const form = await browser.open('/links/options/edit')
    expect(form.body).toContain('value="2030-01-01T10:00"')
    expect(form.body).not.toContain('sesame')
    const passwords = `SELECT password_hash FROM links WHERE short_code = 'options'`
    const before = await app.storage.query(passwords)
    expect(before).not.toEqual([{ password_hash: null }])
    await browser.submit('/links/options/edit', {
      password: '',
      click_limit: '',
      forward_query: '',
    })
    expect(await app.storage.query(passwords)).toEqual(before)
    expect(textOf(await browser.open('/links/options'))).toContain('Click limit Before: 100')
    await browser.submit('/links/options/edit', { remove_password: 'on' })
    expect(await app.storage.query(passwords)).toEqual([{ password_hash: null }])
    const wrong = await browser.submit('/create', { ...fields, click_limit: '0', starts_at: 'x' })
    expect(wrong.status).toBe(400)
    for (const name of ['click_limit', 'starts_at'])
      expect(wrong.body).toContain(`id="${name}-problem"`)
  })

  it('lists who edited what and when, newest first, and nothing that did not change', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url: 'https://dest.test/one', short_code: 'edited' })
    expect(textOf(await browser.open('/links/edited'))).not.toContain('Edit history')
    await browser.submit('/links/edited/edit', { original_url: 'https://dest.test/two' })
    await browser.submit('/links/edited/edit', { original_url: 'https://dest.test/two' })
    await app.storage.query(`UPDATE links SET password_hash = 'secret' WHERE short_code = 'edited'`)
    await app.storage.query(`UPDATE links SET password_hash = 'other' WHERE short_code = 'edited'`)
    const page = await browser.open('/links/edited')
    const text = textOf(page)
    expect(text).toContain('Show the last 3 edits')
    expect(text).toContain(
      'You, on this site Destination Before: https://dest.test/one After: https://dest.test/two',
    )
    expect(text).toMatch(/Password Replaced .*Password Set .*Destination Before/)
    expect(page.body).not.toContain('secret')
  })

  it('keeps the newest 30 edits of a link, and deletes them with it', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url: 'https://dest.test/', short_code: 'often' })
    for (let n = 1; n <= 32; n += 1)
      await app.storage.query(`UPDATE links SET title = 'title ${n}' WHERE short_code = 'often'`)
    const text = textOf(await browser.open('/links/often'))
    expect(text).toContain('Show the last 30 edits')
    expect(text).toContain('Title Before: title 31 After: title 32')
    expect(text).not.toContain('Before: title 1 ')
    const editsOf = `SELECT 1 FROM link_edits JOIN links ON id = link_id WHERE short_code = 'often'`
    expect(await app.storage.query(editsOf)).toHaveLength(30)
    await app.storage.query(`DELETE FROM links WHERE short_code = 'often'`)
    const orphans = 'SELECT 1 FROM link_edits WHERE link_id NOT IN (SELECT id FROM links)'
    expect(await app.storage.query(orphans)).toEqual([])
  })

  it('archives a link, which redirects all the same, and puts it back', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url: 'https://dest.test/', short_code: 'shelved' })
    const on = { on: '/links/shelved' }
    const archived = await browser.submit('/links/shelved/archive', {}, on)
    expect([archived.status, archived.location]).toEqual([303, '/links/shelved'])
    expect(textOf(await browser.open('/links/shelved'))).toContain('Link archived.')
    expect((await app.send('/shelved')).status).toBe(302)
    await browser.submit('/links/shelved/unarchive', {}, on)
    const text = textOf(await browser.open('/links/shelved'))
    expect(text).toContain('Link restored from the archive.')
    expect(text).toMatch(/Archive Restored from the archive .*Archive Archived/)
    const other = await aSignedInBrowser(app)
    const foreign = await other.submit('/links/shelved/archive', {}, { on: '/create' })
    expect(foreign.status).toBe(404)
  })

  it('answers 404 for the link of another user, its page and its QR code', async () => {
    const owner = await aSignedInBrowser(opened())
    const other = await aSignedInBrowser(opened())
    await shorten(owner, { original_url: 'https://dest.test/', short_code: 'not-yours' })
    for (const path of ['', '/qr.svg', '/qr.png', '/edit']) {
      const answer = await other.open(`/links/not-yours${path}`)
      expect([path, answer.status]).toEqual([path, 404])
    }
  })
})
