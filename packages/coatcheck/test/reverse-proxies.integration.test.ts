import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createSessions } from 'coatcheck'
import { createWebSessions, type WebSessionsOptions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createNodeSessions } from 'coatcheck/node'
import { afterEach, expect, it } from 'vitest'
import { freePort } from '../../../tools/testing/free-port.ts'
import { describeWithProgram, programPath } from '../../../tools/testing/optional-programs.ts'

/** Closes what a test has opened. */
const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-proxy-'))
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type ProxyOptions = Pick<WebSessionsOptions, 'trustedProxies' | 'forwardedHeader'>

/** Serves the client's IP address and scheme. Returns where: a port, or the path of a socket. */
async function startApp(options: ProxyOptions, socketPath?: string): Promise<string> {
  const sessions = createSessions({ store: createMemorySessionStore(), data: { initial: {} } })
  const keys = ['a key for tests, of 32 bytes or more']
  const web = createWebSessions(sessions, { baseUrl: 'https://mjr.example', keys, ...options })
  const auth = createNodeSessions(web)
  const server = createServer((incoming, outgoing) => {
    const { client, isHttps } = auth.exchange(incoming, outgoing)
    outgoing.end(`${client.ipAddress} ${isHttps ? 'https' : 'http'}`)
  })
  const listening = once(server, 'listening')
  if (socketPath === undefined) server.listen(0, '127.0.0.1')
  else server.listen(socketPath)
  await listening
  cleanUps.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await sessions.close()
  })
  return socketPath ?? `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a proxy that stays in the foreground, and waits until its port accepts connections. */
async function startProxy(command: string, args: readonly string[], port: number): Promise<void> {
  const env = { ...process.env, PATH: programPath, HOME: tmpdir(), XDG_DATA_HOME: tmpdir() }
  const child = spawn(command, args, { env, stdio: 'ignore' })
  const exited = once(child, 'exit')
  cleanUps.push(async () => {
    child.kill()
    await exited
  })
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const socket = connect(port, '127.0.0.1')
    const event = await Promise.race([
      once(socket, 'connect').then(() => 'connected'),
      once(socket, 'error').then(() => 'refused'),
    ]).catch(() => 'refused')
    socket.destroy()
    if (event === 'connected') return
    await setTimeout(100)
  }
  throw new Error(`${command} did not start`)
}

/** The response of the app to a client at 127.0.0.2. */
async function ask(port: number, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const options = { host: '127.0.0.1', port, localAddress: '127.0.0.2', headers, agent: false }
  return new Promise((resolve, reject) => {
    request(options, async (incoming) => resolve((await incoming.toArray()).join('')))
      .on('error', reject)
      .end()
  })
}

const forged = {
  'X-Forwarded-For': '1.1.1.1',
  'X-Forwarded-Proto': 'ftp',
  Forwarded: 'for=1.1.1.1;proto=ftp, for="',
}

describeWithProgram({ name: 'nginx', command: 'nginx' }, () => {
  /** Starts nginx with servers that forward to upstreams. Returns their ports. */
  async function startNginx(servers: readonly (readonly [upstream: string, headers: string])[]) {
    const folder = createFolder()
    const ports = await Promise.all(servers.map(() => freePort()))
    const blocks = servers.map(
      ([upstream, headers], index) =>
        `server { listen 127.0.0.1:${ports[index]}; location / { proxy_pass http://${upstream}; ${headers} } }`,
    )
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    const configuration = join(folder, 'nginx.conf')
    writeFileSync(
      configuration,
      `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
      events {} http { access_log off; ${paths.join(' ')} ${blocks.join('\n')} }`,
    )
    const args = ['-p', folder, '-c', configuration, '-e', 'stderr']
    execFileSync('nginx', ['-t', ...args], {
      env: { ...process.env, PATH: programPath },
      stdio: 'pipe',
    })
    await startProxy('nginx', args, ports[0] ?? 0)
    return ports
  }

  const appends = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'
  const terminatesTls = `${appends} proxy_set_header X-Forwarded-Proto https;`

  it('the client is known over TCP by IP address and by count, forged headers or not', async () => {
    for (const trustedProxies of [['127.0.0.1'], 1]) {
      const app = await startApp({ trustedProxies })
      const [port = 0] = await startNginx([[app, terminatesTls]])
      expect(await ask(port)).toBe('127.0.0.2 https')
      expect(await ask(port, forged)).toBe('127.0.0.2 https')
    }
  })

  it('the client is known over a unix socket', async () => {
    for (const trustedProxies of [['unix'], 1]) {
      const app = await startApp({ trustedProxies }, join(createFolder(), 'app.sock'))
      const [port = 0] = await startNginx([[`unix:${app}`, terminatesTls]])
      expect(await ask(port)).toBe('127.0.0.2 https')
      expect(await ask(port, forged)).toBe('127.0.0.2 https')
    }
    const untrusted = await startApp({}, join(createFolder(), 'app.sock'))
    const [port = 0] = await startNginx([[`unix:${untrusted}`, terminatesTls]])
    expect(await ask(port)).toBe('null http')
  })

  it('the client and its scheme are known behind two proxies', async () => {
    const scheme = (value: string) => `${appends} proxy_set_header X-Forwarded-Proto ${value};`
    const innerHeaders = [
      ['it passes the scheme on', scheme('$http_x_forwarded_proto')],
      ['it appends its own', scheme('"$http_x_forwarded_proto, $scheme"')],
    ] as const
    for (const [name, headers] of innerHeaders) {
      for (const trustedProxies of [['127.0.0.1'], 2]) {
        const app = await startApp({ trustedProxies })
        const [inner] = await startNginx([[app, headers]])
        const [outer = 0] = await startNginx([[`127.0.0.1:${inner}`, terminatesTls]])
        expect([name, await ask(outer, forged)]).toEqual([name, '127.0.0.2 https'])
      }
    }
  })

  it('the client is known by the Forwarded header, appended to a malformed one', async () => {
    const element = '"for=$remote_addr;proto=https"'
    const app = await startApp({ trustedProxies: ['127.0.0.1'], forwardedHeader: 'forwarded' })
    const joined = '"$http_forwarded, for=$remote_addr;proto=https"'
    for (const value of [element, joined]) {
      const [port = 0] = await startNginx([[app, `proxy_set_header Forwarded ${value};`]])
      expect(await ask(port, forged)).toBe('127.0.0.2 https')
    }
  })
})

describeWithProgram({ name: 'Caddy', command: 'caddy' }, () => {
  it('the client is known over TCP and a unix socket, forged headers or not', async () => {
    const socket = join(createFolder(), 'app.sock')
    for (const [trustedProxies, socketPath] of [
      [['127.0.0.1'], undefined],
      [['unix'], socket],
      [1, undefined],
    ] as const) {
      const app = await startApp({ trustedProxies }, socketPath)
      const upstream = socketPath === undefined ? app : `unix/${app}`
      const port = await freePort()
      const folder = createFolder()
      const file = join(folder, 'Caddyfile')
      writeFileSync(
        file,
        `{\n admin off\n auto_https off\n}\nhttp://127.0.0.1:${port} {\n reverse_proxy ${upstream}\n}\n`,
      )
      await startProxy('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], port)
      expect(await ask(port, forged)).toBe('127.0.0.2 http')
    }
  })
})
