import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../../../tools/testing/free-port.ts'
import { programPath } from '../../../../../tools/testing/optional-programs.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { type HttpsServer, negotiate } from './https-client.ts'

/** A reverse proxy with a configuration of `deploy/`, in front of a program. */
export interface ReverseProxy extends HttpsServer, AsyncDisposable {
  readonly httpPort: number
}

export interface ProxyPorts {
  /** Of the proxy. */
  readonly port: number
  readonly httpPort: number
  /** Of the program. */
  readonly upstream: number
}

export async function chooseProxyPorts(): Promise<ProxyPorts> {
  const [port = 0, httpPort = 0, upstream = 0] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
  ])
  return { port, httpPort, upstream }
}

/** A file of `deploy/`. */
export function deployed(path: string): string {
  return readFileSync(
    fileURLToPath(new URL(`../../../../../deploy/${path}`, import.meta.url)),
    'utf8',
  )
}

/** Replaces each text, which must occur. */
function replaceEach(
  source: string,
  replacements: readonly (readonly [from: string, to: string])[],
): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`The example does not contain ${from}`)
    return text.replaceAll(from, to)
  }, source)
}

/** Starts nginx with `deploy/nginx/mjrwtf.conf`, on other ports and with a certificate for tests. */
export async function startNginx(ports: ProxyPorts): Promise<ReverseProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-nginx-'))
  writeFileSync(join(folder, 'cert.pem'), selfSigned.cert)
  writeFileSync(join(folder, 'key.pem'), selfSigned.key)
  const site = replaceEach(deployed('nginx/mjrwtf.conf'), [
    ['https://links.example', `https://127.0.0.1:${ports.port}`],
    ['listen [::]:80;', ''],
    ['listen [::]:443 ssl http2;', ''],
    ['listen 80;', `listen 127.0.0.1:${ports.httpPort};`],
    ['listen 443 ', `listen 127.0.0.1:${ports.port} `],
    ['127.0.0.1:8080;', `127.0.0.1:${ports.upstream};`],
    ['/var/log/nginx/', `${folder}/`],
    ['/etc/letsencrypt/live/links.example/fullchain.pem', join(folder, 'cert.pem')],
    ['/etc/letsencrypt/live/links.example/privkey.pem', join(folder, 'key.pem')],
  ])
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events {} http { ${paths.join(' ')}\n${site} }`,
  )
  const args = ['-p', folder, '-c', file, '-e', 'stderr']
  execFileSync('nginx', ['-t', ...args], { env: { PATH: programPath }, stdio: 'pipe' })
  const child = spawn('nginx', args, { env: { PATH: programPath }, stdio: 'ignore' })
  await waitForPort(child, ports.port)
  return { ...ports, ca: selfSigned.cert, ...disposal(child, folder) }
}

/** Starts Caddy with `deploy/caddy/Caddyfile`, on other ports and with an authority of its own. */
export async function startCaddy(ports: ProxyPorts): Promise<ReverseProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-caddy-'))
  const options = [
    'admin off',
    'local_certs',
    'skip_install_trust',
    // Clients that connect to an IP address send no name.
    'default_sni 127.0.0.1',
    `http_port ${ports.httpPort}`,
    `https_port ${ports.port}`,
  ]
  const file = join(folder, 'Caddyfile')
  writeFileSync(file, `{\n${options.join('\n')}\n}\n${deployed('caddy/Caddyfile')}`)
  const env = {
    PATH: programPath,
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
    DOMAIN: '127.0.0.1',
    UPSTREAM: `127.0.0.1:${ports.upstream}`,
  }
  const args = ['run', '--config', file, '--adapter', 'caddyfile']
  const child = spawn('caddy', args, { env, stdio: 'ignore' })
  await waitForPort(child, ports.port)
  const ca = await waitForFile(join(folder, 'caddy/pki/authorities/local/root.crt'))
  // Caddy listens before it has a certificate.
  while ((await negotiate({ port: ports.port, ca }, 'TLSv1.3')) !== 'TLSv1.3') await setTimeout(50)
  return { ...ports, ca, ...disposal(child, folder) }
}

function disposal(child: ChildProcess, folder: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function waitForPort(child: ChildProcess, port: number): Promise<void> {
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`The proxy exited with ${child.exitCode}`)
    await setTimeout(50)
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function waitForFile(path: string): Promise<string> {
  while (!existsSync(path)) await setTimeout(50)
  return readFileSync(path, 'utf8')
}
