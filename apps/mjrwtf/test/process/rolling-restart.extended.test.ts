import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { databases, openStorage } from '../support/storage.ts'
import { bearer, environmentFor, postLink, setUp, shorten } from './support/accounts.ts'
import { startLoad } from './support/load.ts'
import { type Environment, main, startProgram } from './support/program.ts'
import { openSharedSocket, type SharedSocket } from './support/shared-socket.ts'

/** A server that a supervisor has started on its socket. Resolves when it is ready. */
async function startOn({ descriptor }: SharedSocket, env: Environment): Promise<ChildProcess> {
  // LISTEN_PID is the id of the process itself, which only the shell knows before.
  const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"'
  const child = spawn('/bin/sh', ['-c', script, process.execPath, main, 'serve'], {
    cwd: tmpdir(),
    env,
    stdio: ['ignore', 'pipe', 'inherit', descriptor],
  })
  let output = ''
  const ready = Promise.withResolvers<void>()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.includes('mjr.wtf is running at')) ready.resolve()
  })
  child.once('exit', () => ready.reject(new Error(`The server ended: ${output}`)))
  await ready.promise
  return child
}

async function stop(child: ChildProcess): Promise<unknown> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  return (await exited)[0]
}

interface Sent {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

/** Sends a request once: a client that repeats it would hide that it was lost. */
function sendOnce(agent: Agent, port: number, { method, path, body }: Sent): Promise<number> {
  const headers = {
    Authorization: `Bearer ${bearer}`,
    'Content-Type': 'application/json',
    'User-Agent': 'Mozilla/5.0 Firefox/140.0',
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { agent, host: '127.0.0.1', port, method, path, headers },
      (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

interface Counts {
  redirects: number
  links: number
  readonly failed: unknown[]
}

async function addLink(agent: Agent, port: number, counts: Counts): Promise<void> {
  const body = JSON.stringify({ original_url: `https://example.com/${counts.links}` })
  const sent = { method: 'POST', path: '/api/urls', body } as const
  const status = await sendOnce(agent, port, sent).catch((error) => error)
  if (status === 201) counts.links += 1
  // The limit of links per minute is an answer, too.
  else if (status !== 429) counts.failed.push(status)
}

async function openLink(
  agent: Agent,
  path: string,
  { port, counts }: { readonly port: number; readonly counts: Counts },
): Promise<void> {
  const status = await sendOnce(agent, port, { method: 'GET', path }).catch((error) => error)
  if (status === 302) counts.redirects += 1
  else counts.failed.push(status)
}

describe.each(databases)('a rolling restart of two processes on %s', (kind) => {
  it('loses no request, no link and no click, with keep-alive connections in use', async () => {
    await using storage = await openStorage(kind)
    using socket = openSharedSocket()
    const env = environmentFor(storage, {
      AUTH_TOKEN: bearer,
      LOG_LEVEL: 'warn',
      METRICS_ADDRESS: 'off',
      PORT: String(socket.port),
    })
    const code = await prepare(storage, env)
    const counts: Counts = { redirects: 0, links: 0, failed: [] }
    let servers = [await startOn(socket, env), await startOn(socket, env)]

    const load = startLoad(clients, async (client) => {
      // Each client keeps its connections, as a browser or a proxy does.
      const agent = agents[client] ?? new Agent()
      if (client === 0) await addLink(agent, socket.port, counts)
      else await openLink(agent, `/${code}`, { port: socket.port, counts })
    })
    for (let round = 0; round < 2; round += 1) {
      const before = counts.redirects
      await expect.poll(() => counts.redirects).toBeGreaterThan(before + 100)
      const [oldest, ...others] = servers
      servers = [...others, await startOn(socket, env)]
      expect(oldest === undefined ? null : await stop(oldest)).toBe(0)
    }
    await load.end()
    for (const agent of agents) agent.destroy()
    for (const server of servers) expect(await stop(server)).toBe(0)

    expect(counts.failed).toEqual([])
    const links = await storage.query(
      `SELECT id FROM links WHERE destination LIKE 'https://example.com/_%'`,
    )
    expect(links.length).toBeGreaterThanOrEqual(counts.links)
    const [row] = await storage.query('SELECT sum(count) AS clicks FROM clicks')
    expect(row).toMatchObject({
      clicks: kind === 'sqlite' ? counts.redirects : String(counts.redirects),
    })
  })
})

const clients = 3
const agents = Array.from({ length: clients }, () => new Agent({ keepAlive: true, maxSockets: 1 }))

/** Creates the first account and a link, with a process of its own. */
async function prepare(storage: Parameters<typeof environmentFor>[0], env: Environment) {
  const { PORT: _, ...own } = env
  await using program = await startProgram({ env: environmentFor(storage, own) })
  await setUp(program)
  const code = await shorten(program, 'https://example.org/target')
  expect((await postLink(program, 'https://example.org/other')).status).toBe(201)
  await program.stop('SIGTERM')
  return code
}
