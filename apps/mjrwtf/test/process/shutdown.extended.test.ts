import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listen } from '../support/event-listener.ts'
import { databases, openStorage } from '../support/storage.ts'
import { bearer, environmentFor, setUp, shorten } from './support/accounts.ts'
import { startLoad } from './support/load.ts'
import { type Program, startProgram } from './support/program.ts'

const env = { AUTH_TOKEN: bearer, LOG_LEVEL: 'warn' }

/** A request that the program has started to read and cannot answer before `finish`. */
async function startRequest(program: Program) {
  const body = JSON.stringify({ original_url: 'https://example.com/', short_code: 'late' })
  const head = [
    'POST /api/urls HTTP/1.1',
    `Host: ${new URL(program.baseUrl).host}`,
    `Authorization: Bearer ${bearer}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    // Answered with "100 Continue", so the test knows that it has arrived.
    'Expect: 100-continue',
  ]
  const socket = connect(program.port, '127.0.0.1')
  const received = collect(socket)
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
  await expect.poll(received.text).toContain('100 Continue')
  return {
    async finish(): Promise<string> {
      socket.write(body.slice(10))
      await received.closed
      return received.text()
    },
  }
}

function collect(socket: Socket) {
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  // A program that exits immediately closes the connection.
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  return { text: () => text, closed }
}

async function readiness(program: Program): Promise<readonly unknown[]> {
  const answer = await program.send('/ready')
  return [answer.status, answer.json()]
}

async function responds(program: Program): Promise<boolean> {
  return program.send('/health').then(
    () => true,
    () => false,
  )
}

describe.each(databases)('graceful shutdown on %s', (kind) => {
  it('reports unavailable, finishes requests in flight and exits with 0', async () => {
    await using storage = await openStorage(kind)
    await using program = await startProgram({ env: environmentFor(storage, env) })
    await setUp(program)
    expect(await readiness(program)).toEqual([200, { status: 'ready' }])
    const inFlight = await startRequest(program)

    const ended = program.stop('SIGTERM')
    await expect
      .poll(() => readiness(program), { interval: 20 })
      .toEqual([503, { status: 'unavailable' }])
    // A supervisor that signals the process group sends a second SIGTERM through npm: it must not
    // force the exit.
    const secondSignal = program.stop('SIGTERM')
    // Still answers during the drain delay.
    expect((await program.send('/health')).status).toBe(200)
    await expect.poll(() => responds(program), { interval: 20 }).toBe(false)
    expect(program.isRunning()).toBe(true)

    expect(await inFlight.finish()).toMatch(/HTTP\/1\.1 201 [\s\S]*"short_code":"late"/)
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(await secondSignal).toEqual({ code: 0, signal: null })
    const late = `SELECT destination FROM links WHERE short_code = 'late'`
    expect(await storage.query(late)).toHaveLength(1)
  })

  it('counts every click whose redirect was received', async () => {
    await using storage = await openStorage(kind)
    await using program = await startProgram({ env: environmentFor(storage, env) })
    await setUp(program)
    const code = await shorten(program, 'https://example.com/busy')
    const redirects = { sent: 0, received: 0 }

    const load = startLoad(8, async () => {
      redirects.sent += 1
      const { status } = await program.send(`/${code}`)
      if (status === 302) redirects.received += 1
    })
    await expect.poll(() => redirects.received).toBeGreaterThan(200)
    const exit = await program.stop('SIGTERM')
    await load.end()

    expect(exit).toEqual({ code: 0, signal: null })
    const [row] = await storage.query('SELECT sum(count) AS clicks FROM clicks')
    const counted = row !== undefined && 'clicks' in row ? Number(row.clicks) : 0
    expect(counted).toBeGreaterThanOrEqual(redirects.received)
    expect(counted).toBeLessThanOrEqual(redirects.sent)
  })
})

describe.each(databases)('SSE at shutdown on %s', (kind) => {
  it('connections are closed at once without delaying the shutdown', async () => {
    await using storage = await openStorage(kind)
    await using program = await startProgram({ env: environmentFor(storage, env) })
    const browser = await setUp(program)
    const { host } = new URL(program.baseUrl)
    const page = await listen({ host, port: program.port }, browser)
    expect(page.status).toBe(200)
    const startedAt = performance.now()
    expect(await program.stop('SIGINT')).toEqual({ code: 0, signal: null })
    // The shutdown waits 10 s for requests in flight.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await page.ended
    expect(page.text()).toBe(': connected\n\n')
    expect(program.stdout()).not.toContain('requests were cut off')
  })
})

describe('shutdown timeout', () => {
  it('aborts a request that does not complete', async () => {
    await using storage = await openStorage('sqlite')
    await using program = await startProgram({ env: environmentFor(storage, env) })
    await setUp(program)
    await startRequest(program)

    expect(await program.stop('SIGINT')).toEqual({ code: 0, signal: null })
    expect(program.stdout()).toContain('requests were cut off')
  })

  it('a second SIGINT aborts it at once', async () => {
    await using storage = await openStorage('sqlite')
    await using program = await startProgram({
      env: environmentFor(storage, { AUTH_TOKEN: bearer }),
    })
    await setUp(program)
    await startRequest(program)

    const ended = program.stop('SIGINT')
    await expect.poll(program.stdout).toContain('"msg":"stopping"')
    await program.stop('SIGINT')

    expect(await ended).toEqual({ code: 1, signal: null })
    expect(program.stdout()).not.toContain('requests were cut off')
  })
})
