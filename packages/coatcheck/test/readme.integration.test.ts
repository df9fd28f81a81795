import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'

const root = new URL('../../../', import.meta.url).pathname
const text = readFileSync(join(root, 'packages/coatcheck/README.md'), 'utf8')
const servers = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
  .map(([, code = '']) => code)
  .filter((code) => code.includes('3000'))

/** Runs a block of the README on a free port, with its file in a new folder. */
async function run(code: string, name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const port = await findFreePort()
  const file = join(root, `dist/readme/${name}.ts`)
  mkdirSync(join(root, 'dist/readme'), { recursive: true })
  const adapted = code.replaceAll('3000', String(port)).replace('app.db', join(folder, 'app.db'))
  writeFileSync(file, adapted)
  const listen = vi.spyOn(Server.prototype, 'listen')
  await import(file)
  const started = listen.mock.results.map(({ value }): Server => value)
  listen.mockRestore()
  return {
    origin: `http://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      for (const server of started) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
      rmSync(folder, { recursive: true })
    },
  }
}

async function findFreePort(): Promise<number> {
  const server = new Server().listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A browser with one user: sends its cookies, follows no redirect. */
function openBrowser(origin: string) {
  const cookies = new Map<string, string>()
  async function send(path: string, init: RequestInit = {}) {
    const headers = new Headers(init.headers)
    headers.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(`${origin}${path}`, { ...init, headers, redirect: 'manual' })
    for (const each of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(each) ?? []
      cookies.set(name, value)
    }
    return { status: response.status, headers: response.headers, body: await response.text() }
  }
  return {
    send,
    /** Submits the form of a page, with the fields that the page contains. */
    async submit(page: string, path: string, fields: Readonly<Record<string, string>> = {}) {
      const { body } = await send(page)
      const [, token = ''] = /name="csrf_token" value="([^"]+)"/.exec(body) ?? []
      const form = new URLSearchParams({ ...fields, csrf_token: token })
      return send(path, { method: 'POST', body: form, headers: { Origin: origin } })
    },
  }
}

describe.each([
  ['Hono', servers[0] ?? ''],
  ['node:http', servers[1] ?? ''],
])('the server of the README with %s', (name, code) => {
  it('signs in, guards a page, signs out, and refuses a form without token', async () => {
    await using server = await run(code, name.replace(':', '-'))
    const browser = openBrowser(server.origin)
    const anonymous = await browser.send('/account')
    expect([anonymous.status, anonymous.headers.get('location')]).toEqual([
      303,
      '/login?next=%2Faccount',
    ])
    expect((await browser.submit('/login', '/login', { password: 'wrong' })).status).toBe(401)
    const signedIn = await browser.submit('/login', '/login', { password: 'open sesame' })
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/account'])
    const page = await browser.send('/account')
    expect(page.body).toContain('ada')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    const forged = await browser.send('/logout', {
      method: 'POST',
      body: new URLSearchParams(),
      headers: { Origin: server.origin },
    })
    expect(forged.status).toBe(403)
    expect((await browser.submit('/account', '/logout')).status).toBe(303)
    expect((await browser.send('/account')).status).toBe(303)
  })

  it('needs at most twelve lines before its first route', () => {
    const setUp = code.split(/^(?:app\.get|const route)/m)[0] ?? ''
    expect(setUp.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(12)
  })
})
