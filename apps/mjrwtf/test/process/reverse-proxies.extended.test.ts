import { expect, it } from 'vitest'
import { describeWithProgram } from '../../../../tools/testing/optional-programs.ts'
import { aBrowser, type Browser } from '../support/browser.ts'
import { type RawHeaders, sendTo } from '../support/send.ts'
import { openStorage } from '../support/storage.ts'
import {
  bearer,
  environmentFor,
  operator,
  postLink,
  setUp,
  shortCodeIn,
} from './support/accounts.ts'
import { behind, clientAddress, negotiate, open } from './support/https-client.ts'
import { type Program, startProgram } from './support/program.ts'
import {
  chooseProxyPorts,
  type ProxyPorts,
  type ReverseProxy,
  startCaddy,
  startNginx,
} from './support/reverse-proxy.ts'

describeWithProgram({ name: 'nginx', command: 'nginx' }, () => describeProxy(startNginx))
describeWithProgram({ name: 'Caddy', command: 'caddy' }, () => describeProxy(startCaddy))

/** Runs the program behind the proxy, as docs/install.md says. */
async function use(
  startProxy: (ports: ProxyPorts) => Promise<ReverseProxy>,
  work: (proxy: ReverseProxy, program: Program) => Promise<void>,
): Promise<void> {
  await using storage = await openStorage('sqlite')
  const ports = await chooseProxyPorts()
  const env = environmentFor(storage, {
    PORT: String(ports.upstream),
    BASE_URL: `https://127.0.0.1:${ports.port}`,
    TRUSTED_PROXIES: '127.0.0.1',
    AUTH_TOKEN: bearer,
  })
  await using program = await startProgram({ env })
  await using proxy = await startProxy(ports)
  await work(proxy, program)
}

function describeProxy(startProxy: (ports: ProxyPorts) => Promise<ReverseProxy>): void {
  it('speaks TLS 1.2 and 1.3 only, and redirects http to the same origin (V12.1.1)', async () => {
    await use(startProxy, async (proxy) => {
      expect(await negotiate(proxy, 'TLSv1.3')).toBe('TLSv1.3')
      expect(await negotiate(proxy, 'TLSv1.2')).toBe('TLSv1.2')
      for (const version of ['TLSv1.1', 'TLSv1'] as const) {
        expect(await negotiate(proxy, version)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
      }
      const headers: RawHeaders = [['Host', `127.0.0.1:${proxy.port}`]]
      const redirect = await sendTo(proxy.httpPort, '/login?next=%2Fdashboard', { headers })
      expect([301, 308]).toContain(redirect.status)
      // Caddy leaves out the port, which is 443 outside tests.
      const target = new URL(redirect.location)
      expect([target.protocol, target.hostname]).toEqual(['https:', '127.0.0.1'])
      expect(target.pathname + target.search).toBe('/login?next=%2Fdashboard')
    })
  })

  it('passes on client addresses, open event streams, long redirects and headers', async () => {
    await use(startProxy, async (proxy, program) => {
      const browser = await setUp({ ...program, ...behind(proxy) })
      expect(await sessionAddresses(proxy)).toEqual([clientAddress, clientAddress])
      expect(await firstEvent(proxy, browser)).toMatch(/^: connected\n/)

      const destination = `https://example.com/${'a'.repeat(2_028)}`
      const created = await postLink({ ...program, ...behind(proxy) }, destination)
      const followed = await behind(proxy).send(`/${shortCodeIn(created.body)}`)
      expect([created.status, followed.location]).toEqual([201, destination])
      const { headers } = await behind(proxy).send('/login')
      expect(headers['strict-transport-security']).toBe('max-age=63072000; includeSubDomains')
      expect(headers.server ?? '').not.toMatch(/\d/)
    })
  })
}

/** The IP addresses of all sessions, after a sign-in with forged headers. */
async function sessionAddresses(proxy: ReverseProxy): Promise<readonly (string | undefined)[]> {
  const forged = aBrowser(behind(proxy), [
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Host', 'other.example'],
  ])
  expect((await forged.signIn(operator)).location).toBe('/dashboard')
  const { body } = await forged.send('/api/sessions')
  return [...body.matchAll(/"ip_address":"([^"]+)"/g)].map(([, address]) => address)
}

/** What an open page receives while the response continues. A proxy that buffers would wait. */
async function firstEvent(proxy: ReverseProxy, browser: Browser): Promise<string> {
  const cookie = `__Host-session=${browser.sessionCookie()}`
  const stream = await open(proxy, '/session/events', { headers: [['Cookie', cookie]] })
  return (await stream.setEncoding('utf8').take(1).toArray()).join('')
}
