import { afterAll, describe, expect, it } from 'vitest'
import { shorten } from './support/api.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { ipAddresses, writeGeoFile } from './support/geo-file.ts'
import { proxied } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const geoFile = writeGeoFile()
afterAll(geoFile.remove)

const env = { ...proxied, GEOIP_DATABASE: geoFile.path }
const from = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]

describe.each(databases)('GeoIP locations, on %s', (kind) => {
  const opened = useApp(kind, { env })

  it('the session list shows each location as far as it is known', async () => {
    const app = opened()
    const account = await app.account()
    for (const ipAddress of [
      ipAddresses.auckland,
      ipAddresses.somewhereInJapan,
      ipAddresses.unlocated,
    ]) {
      await aBrowser(app, from(ipAddress)).signIn(account)
    }
    const browser = aBrowser(app, from(ipAddresses.lyon))
    await browser.signIn(account)
    const { body } = await browser.open('/settings/sessions')
    const items = body.split('<li class="device').slice(1)
    const locationOf = (ipAddress: string) => {
      const item = items.find((each) => each.includes(`>${ipAddress}<`)) ?? ''
      return /Location (.*?) approximate, from IP address/.exec(textOf({ body: item }))?.[1] ?? null
    }
    expect(items).toHaveLength(4)
    expect(locationOf(ipAddresses.lyon)).toBe('Lyon, France')
    expect(locationOf(ipAddresses.auckland)).toBe('Auckland, New Zealand')
    expect(locationOf(ipAddresses.somewhereInJapan)).toBe('Japan')
    expect(locationOf(ipAddresses.unlocated)).toBeNull()
  })

  it('the security log shows the location on its page and in its exports', async () => {
    const app = opened()
    const browser = aBrowser(app, from(ipAddresses.lyon))
    await browser.signIn(await app.account())
    const path = '/settings/security-log'
    expect(textOf(await browser.open(path))).toContain(`${ipAddresses.lyon} Lyon, France`)
    const rows = JSON.parse((await browser.open(`${path}?format=json`)).body).events
    expect(rows).toMatchObject([{ ip_address: ipAddresses.lyon, place: 'Lyon, France' }])
    const csv = (await browser.open(`${path}?format=csv`)).body
    expect(csv).toContain(`"${ipAddresses.lyon}","Lyon, France"`)
  })

  it('clicks are counted by the country of the IP address reported by the trusted proxy', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `geo-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/', short_code: code })
    for (const ipAddress of [
      ...[ipAddresses.lyon, ipAddresses.lyonMobile, ipAddresses.auckland, ipAddresses.unlocated],
      // The client's own entry comes first, the proxy's last.
      `${ipAddresses.sydney}, ${ipAddresses.lyon}`,
    ]) {
      await aBrowser(app, from(ipAddress)).open(`/${code}`)
    }
    await app.flushClicks()
    const report = await browser.send(`/api/urls/${code}/analytics`)
    expect(report.json()).toMatchObject({
      by_country: expect.arrayContaining([
        { country: 'FR', clicks: 3 },
        { country: 'NZ', clicks: 1 },
        { country: null, clicks: 1 },
      ]),
    })
    const text = textOf(await browser.open(`/links/${code}`))
    expect(text).toMatch(/Countries .*France 3 .*New Zealand 1/)
    expect(text).not.toContain('Australia')
  })

  it('a click stores the country and the city, not the IP address (V14.2.7)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `dry-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/', short_code: code })
    await aBrowser(app, from(ipAddresses.sydney)).open(`/${code}`)
    await app.flushClicks()
    const dump = await app.storage.dump()
    expect(dump).toContain('"AU"')
    expect(dump).not.toContain(ipAddresses.sydney)
    expect(dump).toContain('Sydney, AU')
  })
})

it('the country is unknown without a trusted proxy or without a GeoIP file', async () => {
  for (const variables of [{ GEOIP_DATABASE: geoFile.path }, { TRUSTED_PROXIES: '127.0.0.1' }]) {
    await using app = await anApp('sqlite', { env: variables })
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url: 'https://dest.test/', short_code: 'forged' })
    await aBrowser(app, from(ipAddresses.lyon)).open('/forged')
    await app.flushClicks()
    const report = await browser.send('/api/urls/forged/analytics')
    expect(report.json()).toMatchObject({ by_country: [{ country: null, clicks: 1 }] })
    expect(textOf(await browser.open('/settings/sessions'))).not.toContain('approximate')
  }
})
