import { describe, expect, it } from 'vitest'
import { clickLimits } from '../src/application/links/click-limit.ts'
import { createLink } from './support/api.ts'
import { aSignedInBrowser } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

describe.each(databases)('clicks of one visitor on %s', (kind) => {
  const opened = useApp(kind)

  it('are all counted at once, but stored one by one only up to the limit', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = await createLink(browser, { original_url: 'https://dest.test/' })
    const link = await app.persistence.links.resolve(code)
    const follow = async (from: number) => {
      const answers = Array.from({ length: 150 }, (_, n) =>
        app.send(`/${code}`, { headers: [['Referer', `https://${from + n}.example/`]] }),
      )
      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      expect(new Set(statuses)).toEqual(new Set([302]))
      await app.flushClicks()
    }
    await follow(0)
    await follow(150)

    const analytics = await browser.send(`/api/urls/${code}/analytics`)
    expect(analytics.json()).toMatchObject({ total_clicks: 300 })
    const { storedPerVisitorAndLink: stored, originsPerVisitor: origins } = clickLimits
    const rows = await app.storage.query(`SELECT id FROM clicks WHERE link_id = '${link?.id}'`)
    expect(rows).toHaveLength(stored + origins + 1)
    const days = await app.storage.query(`SELECT day FROM click_days WHERE link_id = '${link?.id}'`)
    expect(days).toHaveLength(1)
  })
})
