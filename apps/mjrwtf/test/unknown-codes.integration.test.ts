import { describe, expect, it } from 'vitest'
import { day } from '../src/domain/time.ts'
import { maxUnknownCodes } from '../src/domain/unknown-code.ts'
import { aSignedInBrowser, textOf } from './support/browser.ts'
import { proxied } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

describe.each(databases)('visits to unknown codes on %s', (kind) => {
  it('are listed for administrators, without those of bots, scanners and floods', async () => {
    await using app = await anApp(kind, { env: proxied })
    const browser = await aSignedInBrowser(app)
    const visit = (path: string, ipAddress: string, ...more: readonly [string, string][]) =>
      app.send(path, { headers: [['X-Forwarded-For', ipAddress], ...more] })
    for (const n of [1, 2, 3]) await visit('/Summer', `203.0.113.${n}`)
    await visit('/summer', '203.0.113.4')
    await visit('/fete%CC%81', '203.0.113.5')
    for (let n = 0; n < 30; n += 1) await visit(`/flood-${n}`, '203.0.113.99')
    await visit('/wp-login.php', '203.0.113.6')
    await visit('/for-a-bot', '203.0.113.7', ['User-Agent', 'WhatsApp/2.23'])
    await visit('/prefetched', '203.0.113.8', ['Sec-Purpose', 'prefetch'])
    await app.send('/only-headers', { method: 'HEAD' })
    await visit('/session/events', '203.0.113.10')
    await app.flushClicks()
    const text = textOf(await browser.open('/settings/unknown-codes'))
    expect(text).toContain('/summer 4 visits')
    expect(text).not.toContain('/session/events')
    expect(text.match(/\/flood-/g)).toHaveLength(10)
    for (const code of ['wp-login', 'for-a-bot', 'prefetched', 'only-headers']) {
      expect(text).not.toContain(code)
    }
    app.clock.advance(31 * day)
    await app.features.purge()
    expect(await app.features.unknownCodes.list()).toEqual([])
  })

  it('are stored for a thousand codes, those with most visits and the newest', async () => {
    await using app = await anApp(kind)
    const { unknownCodes } = app.persistence
    const at = app.clock.now()
    const visits = Array.from({ length: maxUnknownCodes + 50 }, (_, n) => {
      return { code: `code-${n}`, visits: n + 1, firstVisitAt: at, lastVisitAt: at }
    })
    await unknownCodes.add(visits)
    const newest = { code: 'newest', visits: 1, firstVisitAt: at + 1, lastVisitAt: at + 1 }
    await unknownCodes.add([newest])
    const listed = await unknownCodes.list(2_000)
    expect(listed.length).toBeLessThanOrEqual(maxUnknownCodes)
    expect(listed[0]).toMatchObject({ code: `code-${maxUnknownCodes + 49}` })
    expect(listed[899]).toMatchObject({ code: 'code-150', visits: 151 })
    expect(listed).toContainEqual(newest)
  })
})
