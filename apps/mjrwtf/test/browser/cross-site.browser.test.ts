import { describe, expect, it } from 'vitest'
import { type OtherSite, startOtherSite } from '../../../../tools/testing/browser/other-site.ts'
import { operator } from '../process/support/accounts.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signInAs } from './support/visit.ts'

const fixture = useBrowserFixture()

describe.each(['evil.test', 'localhost'])('page at %s', (host) => {
  /** Pages that attack as soon as they are opened. `localhost` on another port is the same site. */
  async function startAttacker(): Promise<OtherSite> {
    const { baseUrl } = fixture.program
    const post = (action: string, fields: string) =>
      `<!doctype html><form method="post" action="${baseUrl}${action}">${fields}</form>
      <script>document.forms[0].submit()</script>`
    const credentials = `<input name="email" value="${operator.email}">
      <input name="password" value="${operator.password}"><input name="csrf_token" value="x">`
    return startOtherSite({
      '/sign-in': post('/login', credentials),
      '/sign-out': post('/logout', '<input name="csrf_token" value="x">'),
      '/frame': `<!doctype html><iframe src="${baseUrl}/dashboard"></iframe>`,
      '/read': '<!doctype html><title>Reads</title>',
    })
  }

  it('cannot sign a visitor in', async () => {
    await using attacker = await startAttacker()
    await using ann = await fixture.visit()
    const answered = ann.page.waitForResponse(`${fixture.program.baseUrl}/login`)
    await ann.page.goto(attacker.urlOf(host, '/sign-in'))
    const response = await answered
    expect([response.status(), await response.headerValue('set-cookie')]).toEqual([403, null])
    expect(await ann.page.context().cookies()).toEqual([])
  })

  it('cannot sign a user out', async () => {
    await using attacker = await startAttacker()
    await using ann = await fixture.visit()
    await signInAs(ann, operator)
    const sessionCookie = async () =>
      (await ann.page.context().cookies()).find(({ name }) => name === 'session-dev')
    const before = await sessionCookie()
    const answered = ann.page.waitForResponse(`${fixture.program.baseUrl}/logout`)
    await ann.page.goto(attacker.urlOf(host, '/sign-out'))
    const response = await answered
    // A cross-site request has no session cookie.
    expect(response.status()).toBe(host === 'localhost' ? 403 : 303)
    expect(await response.headerValue('set-cookie')).toBeNull()
    expect(await sessionCookie()).toEqual(before)
    await ann.open('/dashboard')
    expect(await ann.page.getByRole('heading', { level: 1 }).innerText()).toBe('Links')
  })

  it('can neither frame the app nor read from it', async () => {
    await using attacker = await startAttacker()
    await using ann = await fixture.visit()
    await signInAs(ann, operator)
    await ann.page.goto(attacker.urlOf(host, '/frame'))
    const frame = ann.page.frames()[1]
    await expect.poll(() => frame?.url()).toMatch(/^chrome-error:/)

    await ann.page.goto(attacker.urlOf(host, '/read'))
    const read = await ann.page.evaluate(
      (url) => fetch(url, { credentials: 'include' }).then((answer) => answer.text(), String),
      `${fixture.program.baseUrl}/api/session`,
    )
    expect(read).toBe('TypeError: Failed to fetch')
  })
})
