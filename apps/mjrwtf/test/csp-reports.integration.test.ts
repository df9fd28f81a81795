import { describe, expect, it } from 'vitest'
import { proxied } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const type = [['Content-Type', 'application/reports+json']] as const

function aReport(blockedURL: string): string {
  const documentURL = 'http://localhost:8080/reset?token=a-secret'
  const body = { effectiveDirective: 'script-src-elem', documentURL, blockedURL }
  return JSON.stringify([{ type: 'csp-violation', body }])
}

describe.each(databases)('CSP reports on %s (V3.4.7)', (kind) => {
  it('are requested by pages, answered with 204, and logged without queries', async () => {
    await using app = await anApp(kind)
    const { headers } = await app.send('/login')
    expect(headers['reporting-endpoints']).toBe('csp="http://localhost:8080/csp-reports"')
    expect(headers['content-security-policy']).toMatch(/; report-to csp$/)

    const body = aReport('https://evil.test/x.js?victim=ann')
    const answer = await app.send('/csp-reports', { method: 'POST', headers: type, body })
    expect([answer.status, answer.body, answer.setCookies]).toEqual([204, '', []])
    const logged = app.log().find(({ msg }) => msg === 'CSP violation report')
    expect(logged?.report).toEqual({
      directive: 'script-src-elem',
      page: '/reset',
      blocked: 'evil.test',
    })
  })

  it('are ignored if malformed, and rejected over 16 KiB', async () => {
    await using app = await anApp(kind)
    const before = await app.fingerprint()
    for (const body of ['', '{', 'null', '[1]', '{"csp-report":1}', '{"__proto__":{}}']) {
      const answer = await app.send('/csp-reports', { method: 'POST', headers: type, body })
      expect([body, answer.status]).toEqual([body, 204])
    }
    const body = aReport('x'.repeat(17 * 1024))
    expect((await app.send('/csp-reports', { method: 'POST', headers: type, body })).status).toBe(
      413,
    )
    expect(app.log().some(({ msg }) => msg === 'CSP violation report')).toBe(false)
    expect(await app.fingerprint()).toBe(before)
  })

  it('are answered 429 after 60 in a minute, until the minute has passed', async () => {
    await using app = await anApp(kind)
    const send = () =>
      app.send('/csp-reports', { method: 'POST', headers: type, body: aReport('inline') })
    const statuses = new Set<number>()
    for (let count = 0; count < 60; count += 1) statuses.add((await send()).status)
    expect(statuses).toEqual(new Set([204]))
    const throttled = await send()
    expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '60'])
    app.clock.advance(60_000)
    expect((await send()).status).toBe(204)
  })

  it('are accepted from other clients after one has reached its limit', async () => {
    await using app = await anApp(kind, { env: proxied })
    const send = async (ipAddress: string) => {
      const headers: RawHeaders = [...type, ['X-Forwarded-For', ipAddress]]
      const body = aReport('inline')
      return (await app.send('/csp-reports', { method: 'POST', headers, body })).status
    }
    for (let count = 0; count < 300; count += 1) await send('192.0.2.1')
    expect([await send('192.0.2.1'), await send('192.0.2.2')]).toEqual([429, 204])
  })
})
