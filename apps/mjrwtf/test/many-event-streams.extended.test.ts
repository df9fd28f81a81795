import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { watchLimits } from '../src/application/sessions/watch-list.ts'
import { aSignedInBrowser, type SignedInBrowser } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { anApp } from './support/use-app.ts'

const users = 200
const streams = 10_000
/** Opened at the same time, so that the test needs no more files than systems allow. */
const parallel = 100

/** Opens a stream and resolves with it once the server has answered or closed the connection. */
function openStream(app: TestApp, browser: SignedInBrowser): Promise<Socket> {
  const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const socket = connect(app.port, '127.0.0.1')
  const answered = () => resolve(socket)
  socket.once('data', answered).once('close', answered).on('error', answered)
  socket.write(`GET /session/events HTTP/1.1\r\nHost: ${app.host}\r\nCookie: ${cookies}\r\n\r\n`)
  return promise
}

async function openAll(app: TestApp, browsers: readonly SignedInBrowser[]): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < streams) {
    const batch = Array.from({ length: parallel }, (_, index) => {
      const browser = browsers[(sockets.length + index) % browsers.length]
      if (browser === undefined) throw new Error('There is no browser.')
      return openStream(app, browser)
    })
    sockets.push(...(await Promise.all(batch)))
  }
  return sockets
}

describe('10,000 open event streams', () => {
  it('take the places of a process, and leave requests and memory for other users', async () => {
    await using app = await anApp('sqlite')
    const browsers: SignedInBrowser[] = []
    for (let user = 0; user < users; user += 1) browsers.push(await aSignedInBrowser(app))
    const before = process.memoryUsage().rss
    const sockets = await openAll(app, browsers)
    const perStream = (process.memoryUsage().rss - before) / streams
    expect(app.sessionEnds.count()).toBeLessThanOrEqual(watchLimits.max)
    expect(app.sessionEnds.count()).toBeGreaterThan(watchLimits.max / 2)
    expect((await app.send('/health')).status).toBe(200)
    const other = await aSignedInBrowser(app)
    expect((await other.open('/dashboard')).status).toBe(200)
    // Client and server of this test together.
    process.stdout.write(
      `memory for each of ${streams} streams: ${Math.round(perStream / 1_024)} KiB\n`,
    )
    expect(perStream).toBeLessThan(64 * 1_024)
    for (const socket of sockets) socket.destroy()
    await expect.poll(() => app.sessionEnds.count()).toBe(0)
  })
})
