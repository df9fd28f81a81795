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
