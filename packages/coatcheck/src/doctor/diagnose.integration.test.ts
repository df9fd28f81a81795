import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deploy, type Mistakes } from '../../test/support/deployment.ts'
import { selfSigned } from '../../test/support/self-signed.ts'
import { diagnose } from './diagnose.ts'

async function findings(mistakes: Mistakes = {}, signInPath = '/login') {
  await using deployment = await deploy(mistakes)
  const { url, httpUrl } = deployment
  return await diagnose({ url, httpUrl, signInPath, ca: selfSigned.cert })
}

type Respond = NonNullable<Mistakes['respond']>

const without =
  (name: string): Respond =>
  (headers) =>
    headers.filter(([each]) => each.toLowerCase() !== name)
const adding =
  (name: string, value: string): Respond =>
  (headers) => [...headers, [name, value]]
const replacing =
  (name: string, value: string): Respond =>
  (headers, request) => [...without(name.toLowerCase())(headers, request), [name, value]]
/** Changes what the proxy sends as the attributes of cookies. */
const cookies =
  (change: (cookie: string) => string): Respond =>
  (headers) =>
    headers.map(([name, value]) => [name, /^set-cookie$/i.test(name) ? change(value) : value])

interface Case {
  readonly mistake: string
  readonly mistakes: Mistakes
  readonly check: string
  readonly status: 'warning' | 'failed'
  readonly message: RegExp
}

const cases: readonly Case[] = [
  {
    mistake: 'the proxy is not trusted',
    mistakes: { trustsProxy: false },
    check: 'reachable',
    status: 'failed',
    message: /responds 500.*redirect-loop-prevented/,
  },
  {
    mistake: 'the proxy redirects https to itself',
    mistakes: { tls: (_, response) => response.writeHead(302, { Location: '/login' }).end() },
    check: 'reachable',
    status: 'failed',
    message: /without end.*trustedProxies/,
  },
  {
    mistake: 'http is served',
    mistakes: { http: (_, response) => response.end('page') },
    check: 'https',
    status: 'failed',
    message: /responds 200 over http.*Redirect/,
  },
  {
    mistake: 'http redirects without end',
    mistakes: { http: (_, response) => response.writeHead(302, { Location: '/' }).end() },
    check: 'https',
    status: 'failed',
    message: /without end/,
  },
  {
    mistake: 'http redirects to another host',
    mistakes: {
      http: (_, response) => response.writeHead(302, { Location: 'https://other.invalid/' }).end(),
    },
    check: 'https',
    status: 'failed',
    message: /another host/,
  },
  {
    mistake: 'HSTS is missing',
    mistakes: { respond: without('strict-transport-security') },
    check: 'hsts',
    status: 'failed',
    message: /missing/,
  },
  {
    mistake: 'HSTS is short',
    mistakes: { respond: replacing('Strict-Transport-Security', 'max-age=600') },
    check: 'hsts',
    status: 'warning',
    message: /less than 180 days/,
  },
  {
    mistake: 'the security headers are missing',
    mistakes: {
      respond: (headers, request) =>
        without('content-security-policy')(without('x-frame-options')(headers, request), request),
    },
    check: 'framing',
    status: 'failed',
    message: /clickjacking/,
  },
  {
    mistake: 'a policy allows every site to frame the page',
    mistakes: { respond: replacing('Content-Security-Policy', "frame-ancestors 'self' *") },
    check: 'framing',
    status: 'failed',
    message: /clickjacking/,
  },
  {
    mistake: 'a policy allows some sites to frame the page',
    mistakes: {
      respond: replacing(
        'Content-Security-Policy',
        "default-src 'self'; frame-ancestors 'self' https://partner.example",
      ),
    },
    check: 'framing',
    status: 'warning',
    message: /partner\.example/,
  },
  ...[
    "script-src 'self' 'unsafe-inline'",
    "default-src 'self'; script-src https:",
    'default-src *',
  ].map(
    (policy): Case => ({
      mistake: `the policy is ${policy}`,
      mistakes: {
        respond: replacing('Content-Security-Policy', `${policy}; frame-ancestors 'none'`),
      },
      check: 'content-security-policy',
      status: 'warning',
      message: /restricts scripts/,
    }),
  ),
  {
    mistake: 'the path is of no page',
    mistakes: { tls: (_, response) => response.writeHead(404).end() },
    check: 'reachable',
    status: 'warning',
    message: /responds 404.*--sign-in-path/,
  },
  {
    mistake: 'the page is on another host',
    mistakes: {
      tls: (_, response) => response.writeHead(302, { Location: 'https://idp.invalid/' }).end(),
    },
    check: 'reachable',
    status: 'failed',
    message: /another host: https:\/\/idp\.invalid.*--sign-in-path/,
  },
  {
    mistake: 'forms of sibling hosts are accepted',
    mistakes: {
      tls: (request, response) =>
        response.writeHead(request.headers['sec-fetch-site'] === 'cross-site' ? 403 : 200).end(),
    },
    check: 'csrf',
    status: 'failed',
    message: /coatcheck-doctor\.127\.0\.0\.1.*csrfGuard/,
  },
  {
    mistake: 'no policy restricts scripts',
    mistakes: { respond: replacing('Content-Security-Policy', "frame-ancestors 'none'") },
    check: 'content-security-policy',
    status: 'warning',
    message: /restricts scripts/,
  },
  {
    mistake: 'browsers may guess the media type',
    mistakes: { respond: without('x-content-type-options') },
    check: 'nosniff',
    status: 'warning',
    message: /missing/,
  },
  ...(
    [
      ['Secure', /not Secure/],
      ['HttpOnly', /not HttpOnly/],
      ['SameSite=Lax', /no SameSite/],
    ] as const
  ).map(
    ([attribute, message]): Case => ({
      mistake: `the proxy removes ${attribute}`,
      mistakes: { respond: cookies((cookie) => cookie.replace(`; ${attribute}`, '')) },
      check: 'cookies',
      status: 'failed',
      message,
    }),
  ),
  {
    mistake: 'the proxy adds a Domain',
    mistakes: { respond: cookies((cookie) => `${cookie}; Domain=example.com`) },
    check: 'cookies',
    status: 'failed',
    message: /Domain=example\.com/,
  },
  {
    mistake: 'the proxy changes the Path',
    mistakes: { respond: cookies((cookie) => cookie.replace('Path=/', 'Path=/app')) },
    check: 'cookies',
    status: 'failed',
    message: /another Path/,
  },
  {
    mistake: 'cookies are sent to other sites',
    mistakes: { respond: cookies((cookie) => cookie.replace('SameSite=Lax', 'SameSite=None')) },
    check: 'cookies',
    status: 'failed',
    message: /SameSite=None/,
  },
  {
    mistake: 'cookies have no prefix',
    mistakes: { respond: cookies((cookie) => cookie.replace('__Host-', '')) },
    check: 'cookies',
    status: 'failed',
    message: /sibling hosts/,
  },
  {
    mistake: 'the sign-in page sets no cookie',
    mistakes: { respond: without('set-cookie') },
    check: 'cookies',
    status: 'warning',
    message: /--sign-in-path/,
  },
  {
    mistake: 'the clock is ahead',
    mistakes: {
      respond: (headers, request) =>
        replacing('Date', new Date(Date.now() + 3_600_000).toUTCString())(headers, request),
    },
    check: 'clock',
    status: 'warning',
    message: /s ahead of.*NTP/,
  },
  {
    mistake: 'the clock is behind',
    mistakes: {
      respond: (headers, request) =>
        replacing('Date', new Date(Date.now() - 3_600_000).toUTCString())(headers, request),
    },
    check: 'clock',
    status: 'warning',
    message: /s behind/,
  },
  {
    mistake: 'the proxy passes X-Forwarded-Proto of clients',
    mistakes: {
      forward: ({ headers }) => ({
        'x-forwarded-proto': String(headers['x-forwarded-proto'] ?? 'https'),
      }),
    },
    check: 'proxy-trust',
    status: 'failed',
    message: /X-Forwarded-Proto of a client/,
  },
  {
    mistake: 'the application uses X-Forwarded-Host of clients',
    mistakes: {
      forward: ({ headers }) => ({ 'x-forwarded-host': String(headers['x-forwarded-host'] ?? '') }),
      page: ({ headers }) => `<a href="https://${headers['x-forwarded-host']}/">`,
    },
    check: 'proxy-trust',
    status: 'failed',
    message: /X-Forwarded-Host/,
  },
  {
    mistake: 'the application builds URLs from Host',
    mistakes: { page: ({ headers }) => `<a href="https://${headers.host}/">` },
    check: 'host',
    status: 'failed',
    message: /in Host.*baseUrl/,
  },
  {
    mistake: 'forms of other sites are accepted',
    mistakes: { acceptsEveryForm: true },
    check: 'csrf',
    status: 'failed',
    message: /gets 200.*csrfGuard/,
  },
  {
    mistake: 'a proxy adds no-referrer',
    mistakes: { respond: replacing('Referrer-Policy', 'no-referrer') },
    check: 'referrer-policy',
    status: 'warning',
    message: /Origin: null/,
  },
  {
    mistake: 'a proxy makes pages cacheable',
    mistakes: { respond: replacing('Cache-Control', 'public, max-age=60') },
    check: 'caching',
    status: 'failed',
    message: /cache may send it to others/,
  },
  {
    mistake: 'a proxy adds headers that the application sends',
    mistakes: { respond: adding('Referrer-Policy', 'strict-origin-when-cross-origin') },
    check: 'duplicate-headers',
    status: 'warning',
    message: /referrer-policy.*remove it from the proxy/,
  },
]

describe('coatcheck doctor', () => {
  it('finds nothing to do in a correct deployment', async () => {
    const found = await findings()
    expect(found.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(found.length).toBeGreaterThan(12)
  })

  it.each(cases)('reports $check if $mistake, and what to do', async (each) => {
    const found = await findings(each.mistakes)
    const faults = found.filter(({ status }) => status !== 'ok')
    expect(faults).toContainEqual(
      expect.objectContaining({ check: each.check, status: each.status }),
    )
    const fault = faults.find(({ check }) => check === each.check)
    expect(`${fault?.message}. ${fault?.advice}`).toMatch(each.message)
    expect(fault?.advice).not.toBe('')
  })

  it('says why a deployment cannot be reached, and checks nothing else', async () => {
    await using deployment = await deploy()
    const { url, httpUrl } = deployment
    const untrusted = await diagnose({ url, httpUrl, signInPath: '/login' })
    expect(untrusted).toMatchObject([{ check: 'reachable', status: 'failed' }])
    expect(untrusted[0]?.message).toMatch(/self-signed/)
    const refused = await diagnose({
      url: new URL('https://127.0.0.1:1'),
      httpUrl: null,
      signInPath: '/',
    })
    expect(refused[0]?.message).toMatch(/ECONNREFUSED/)
  })
})

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const certificate = join(folder, 'ca.pem')
  beforeAll(() => writeFileSync(certificate, selfSigned.cert))
  afterAll(() => rmSync(folder, { recursive: true }))

  async function run(mistakes: Mistakes, ...args: readonly string[]) {
    await using deployment = await deploy(mistakes)
    const { url, httpUrl } = deployment
    const main = fileURLToPath(new URL('main.ts', import.meta.url))
    const parameters = [main, 'doctor', url.href, '--http-url', httpUrl.href, ...args]
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate }
    return await new Promise<{ code: unknown; output: string }>((resolve) => {
      execFile(process.execPath, parameters, { env }, (error, output) =>
        resolve({ code: error === null ? 0 : error.code, output }),
      )
    })
  }

  it.each<[number, string, Mistakes]>([
    [0, 'all is well', {}],
    [1, 'there are only warnings', { respond: without('x-content-type-options') }],
    [2, 'a check failed', { acceptsEveryForm: true }],
  ])('exits with %i if %s, and prints one line per check', async (code, _, mistakes) => {
    const result = await run(mistakes)
    expect(result.code).toBe(code)
    const lines = result.output.trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^(ok|warning|failed) +[a-z-]+ +\S/)
    expect(lines.length).toBeGreaterThan(12)
  })

  it('prints JSON on request, and shows its usage for other arguments', async () => {
    const { output } = await run({}, '--json')
    expect(JSON.parse(output).findings).toContainEqual(
      expect.objectContaining({ check: 'csrf', status: 'ok' }),
    )
    expect(await run({}, '--unknown')).toEqual({ code: 2, output: '' })
  })
})
