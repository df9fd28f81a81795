import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../tools/testing/free-port.ts'
import { csrfTokenIn, post, send } from './requests.ts'

/** The built app in a process of its own, as it runs in production. */
export interface AppServer extends AsyncDisposable {
  readonly port: number
  /** Of the process. */
  readonly pid: number
  /** Of a browser that is signed in. */
  readonly cookies: string
  /** Path of a short link. */
  readonly shortPath: string
  /** Resident memory of the process in bytes, or `NaN` where /proc is missing. */
  memory(): number
}

const main = fileURLToPath(new URL('../../apps/mjrwtf/dist/main.js', import.meta.url))
const bearer = 'a-bearer-token-for-the-benchmark'

/** Starts the app on an empty database, with one account and one short link. Metrics are off unless they have an address. */
export async function startApp(databaseUrl: string, metricsAddress = 'off'): Promise<AppServer> {
  const port = await freePort()
  const child = launch({ port, databaseUrl, metricsAddress })
  const exited = once(child, 'exit')
  const cookies = await setUp(port, await readSetUpPath(child))
  const { pid = 0 } = child
  return {
    port,
    pid,
    cookies,
    shortPath: await createLink(port),
    memory: () => residentMemory(pid),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

interface Launched {
  readonly port: number
  readonly databaseUrl: string
  readonly metricsAddress: string
}

function launch({ port, databaseUrl, metricsAddress }: Launched): ChildProcess {
  const env = {
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    METRICS_ADDRESS: metricsAddress,
    SECRET_KEYS: 'for-the-benchmark-only-and-of-no-value',
    AUTH_TOKEN: bearer,
    // Clients name their IP address, because each would be throttled after 20 wrong passwords.
    TRUSTED_PROXIES: '127.0.0.1,::1',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
  }
  return spawn(process.execPath, [main, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Reads all output, because a full pipe would block the app. */
async function readSetUpPath({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('The app has no output.')
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const lines = createInterface(stdout)
  lines.on('line', (line) => {
    const [, path] =
      /^Create your administrator account .*: https?:\/\/[^/]+(\S+)$/.exec(line) ?? []
    if (path !== undefined) resolve(path)
  })
  lines.once('close', () => reject(new Error('The app ended.')))
  return promise
}

/** Returns the cookies. */
async function setUp(port: number, path: string): Promise<string> {
  const page = await send(port, path)
  const fields = {
    csrf_token: csrfTokenIn(page.body),
    code: new URL(path, 'http://localhost').searchParams.get('code') ?? '',
    email: 'operator@users.test',
    password: 'a heron crosses the canal',
  }
  const { status, cookies } = await post(port, '/setup', { fields, cookies: page.cookies })
  if (status !== 303) throw new Error(`The account was not created: ${status}`)
  return cookies
}

async function createLink(port: number): Promise<string> {
  const headers = { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ original_url: 'https://dest.test/', short_code: 'measured' })
  const { status } = await send(port, '/api/urls', { method: 'POST', headers, body })
  if (status !== 201) throw new Error(`The link was not created: ${status}`)
  return '/measured'
}

function residentMemory(pid: number): number {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kibibytes) * 1_024
  } catch {
    return Number.NaN
  }
}
