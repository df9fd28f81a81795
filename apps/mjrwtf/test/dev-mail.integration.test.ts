import { describe, expect, it } from 'vitest'
import type { Email } from '../src/application/ports/email.ts'
import { aBrowser, textOf } from './support/browser.ts'
import { proxied } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases, openStorage } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'
import { defaultBaseUrl, wireApp } from './support/wire-app.ts'

const paths = ['/dev/mail', '/dev/mail/1', '/dev/mail/1/html']

function resetEmail(n: number): Email {
  return { kind: 'reset-password', token: `email-token-number-${n}`.padEnd(43, 'x'), expiresAt: 0 }
}

describe.each(databases)('captured emails in development on %s', (kind) => {
  const opened = useApp(kind)

  it('the list is empty at first', async () => {
    await using app = await anApp(kind)
    const answer = await app.send('/dev/mail')
    expect([answer.status, textOf(answer)]).toEqual([200, expect.stringContaining('No emails yet')])
    expect((await app.send('/dev/mail/1')).status).toBe(404)
    expect((await app.send('/dev/mail/1/html')).status).toBe(404)
  })

  it('are listed newest first, limited to the last 50', async () => {
    await using app = await anApp(kind)
    for (let n = 1; n <= 52; n += 1) app.sendMail(`p${n}@users.test`, resetEmail(n))
    const { body } = await app.send('/dev/mail')
    const shown = [...body.matchAll(/href="\/dev\/mail\/(\d+)"/g)].map(([, n]) => Number(n))
    expect(shown).toEqual(Array.from({ length: 50 }, (_, index) => 52 - index))
    expect(body).toContain('p52@users.test')
    expect((await app.send('/dev/mail/3')).status).toBe(200)
    expect((await app.send('/dev/mail/2')).status).toBe(404)
  })

  it('are shown as text with links, and as HTML that cannot run scripts or fetch anything', async () => {
    const app = opened()
    app.sendMail('ada@users.test', resetEmail(1))
    const link = `${defaultBaseUrl}/reset?token=${'email-token-number-1'.padEnd(43, 'x')}`
    const text = await app.send('/dev/mail/1')
    expect(text.body).toContain(`<a href="${link}">${link}</a>`)
    expect(textOf(text)).toContain('To ada@users.test')

    const html = await app.send('/dev/mail/1/html')
    expect(html.body).toContain(`href="${link}"`)
    expect(html.headers).toMatchObject({
      'content-type': 'text/html; charset=UTF-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; object-src 'none'; " +
        "form-action 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  it('are found only by their exact number', async () => {
    const app = opened()
    for (const number of [
      '0',
      '-1',
      '1.0',
      '01',
      '1e0',
      'x',
      '%31%00',
      '99999999999',
      '__proto__',
    ]) {
      const answer = await app.send(`/dev/mail/${number}`)
      expect([number, answer.status]).toEqual([number, 404])
    }
  })

  it('are shown only to requests from this machine under its own name', async () => {
    await using app = await anApp(kind)
    app.sendMail('ada@users.test', resetEmail(1))
    const foreign: readonly RawHeaders[] = [
      // DNS rebinding: a page of evil.test resolved to this machine would be in its own origin.
      [['Host', 'evil.test:8080']],
      [['Host', 'localhost.evil.test:8080']],
    ]
    for (const headers of foreign) {
      for (const path of paths) {
        const answer = await app.send(path, { headers })
        expect([path, headers, answer.status]).toEqual([path, headers, 404])
        expect(answer.body).not.toMatch(/users\.test|email-token/)
      }
    }
    expect((await app.send('/dev/mail/1')).status).toBe(200)
  })

  it.each([{}, { TRUSTED_PROXIES: '127.0.0.1' }])(
    'are hidden from every request that a proxy has forwarded, with %o',
    async (env) => {
      await using app = await anApp(kind, { env })
      app.sendMail('ada@users.test', resetEmail(1))
      for (const header of [
        ...([
          'X-Forwarded-For',
          'X-Forwarded-Host',
          'X-Forwarded-Proto',
          'X-Forwarded-Port',
        ] as const),
        ...([
          'X-Forwarded',
          'Forwarded',
          'Via',
          'X-Real-IP',
          'X-Client-IP',
          'True-Client-IP',
        ] as const),
        ...(['X-Original-URL', 'CF-Connecting-IP', 'CDN-Loop', 'x-forwarded-for'] as const),
      ]) {
        for (const path of paths) {
          const answer = await app.send(path, { headers: [[header, '127.0.0.1']] })
          expect([header, path, answer.status]).toEqual([header, path, 404])
          expect(answer.body).not.toMatch(/users\.test|email-token/)
        }
      }
      expect((await app.send('/dev/mail/1')).status).toBe(200)
    },
  )

  it('are shown to connections from this machine only', async () => {
    await using storage = await openStorage(kind)
    await using app = await anApp(kind)
    const wired = await wireApp(storage, {})
    wired.sendMail('ada@users.test', resetEmail(1))
    const headers = { Host: app.host }
    const statusFrom = async (remoteAddress: string, path: string) => {
      const incoming = { socket: { remoteAddress } } as never
      return (await wired.app.request(`${app.baseUrl}${path}`, { headers }, { incoming })).status
    }
    for (const path of paths) {
      expect(await statusFrom('203.0.113.9', path)).toBe(404)
      expect(await statusFrom('127.0.0.1', path)).toBe(200)
      expect(await statusFrom('::1', path)).toBe(200)
      expect(await statusFrom('::ffff:203.0.113.9', path)).toBe(404)
    }
    await wired.sessions.close()
    await wired.persistence.close()
  })

  it.each([
    ['a public origin', { ...proxied }],
    ['https on this machine', { BASE_URL: 'https://localhost', TRUSTED_PROXIES: '127.0.0.1' }],
    ['an SMTP server', { SMTP_URL: 'smtp://localhost:25', MAIL_FROM: 'a@b.test' }],
  ])('do not exist with %s', async (_, env) => {
    await using app = await anApp(kind, { env })
    app.sendMail('ada@users.test', resetEmail(1))
    expect(app.routes.filter((route) => route.includes(' /dev/'))).toEqual([])
    for (const path of paths) expect((await aBrowser(app).open(path)).status).toBe(404)
  })
})
