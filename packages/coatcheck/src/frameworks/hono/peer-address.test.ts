import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'

/** Imports the module with another user agent, from which it recognizes Workers. */
async function findPeerOf(env: object | undefined, userAgent = 'Node.js/24') {
  vi.resetModules()
  vi.stubGlobal('navigator', { userAgent })
  const { findPeerAddress } = await import('./peer-address.ts')
  vi.unstubAllGlobals()
  const app = new Hono().get('/', (c) => c.json(findPeerAddress(c)))
  const headers = { 'CF-Connecting-IP': '198.51.100.9' }
  const response = await app.request('http://localhost/', { headers }, env)
  return response.json()
}

const address = '203.0.113.7'

describe('findPeerAddress', () => {
  it.each<[string, object | undefined, string | null]>([
    ['@hono/node-server', { incoming: { socket: { remoteAddress: address } } }, address],
    ['a unix socket', { incoming: { socket: { server: { address: () => '/run/app' } } } }, 'unix'],
    ['an aborted connection', { incoming: { socket: { server: { address: () => ({}) } } } }, null],
    ['Deno', { remoteAddr: { hostname: address } }, address],
    ['Deno, on a unix socket', { remoteAddr: { transport: 'unix' } }, null],
    ['Bun', { requestIP: () => ({ address }) }, address],
    ['Bun, with its server as a binding', { server: { requestIP: () => ({ address }) } }, address],
    ['Bun, after the client has disconnected', { requestIP: () => null }, null],
    ['app.request()', undefined, null],
  ])('knows %s', async (_name, env, expected) => {
    expect(await findPeerOf(env)).toBe(expected)
  })

  it('trusts CF-Connecting-IP on Workers only', async () => {
    expect(await findPeerOf({}, 'Cloudflare-Workers')).toBe('198.51.100.9')
    expect(await findPeerOf({})).toBeNull()
  })
})
