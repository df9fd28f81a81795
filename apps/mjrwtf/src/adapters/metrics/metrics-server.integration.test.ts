import { createServer } from 'node:http'
import { expect, it, vi } from 'vitest'
import { sendTo } from '../../../test/support/send.ts'
import { type MetricsServerOptions, startMetricsServer } from './metrics-server.ts'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'

function start(options: Partial<MetricsServerOptions> = {}) {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  const server = startMetricsServer({
    address: { host: '127.0.0.1', port: 0 },
    read: async () => ({ contentType, text: 'up 1\n' }),
    log,
    retryInterval: 1,
    ...options,
  })
  return {
    log,
    server,
    /** Waits until it listens. */
    async send(path: string, { method = 'GET', host = '127.0.0.1' } = {}) {
      const port = await vi.waitUntil(() => server.port(), { timeout: 60_000 })
      return sendTo(port, path, { method, headers: [['Host', host]] })
    },
    [Symbol.asyncDispose]: server.close,
  }
}

it('serves /metrics and nothing else, to GET and HEAD only', async () => {
  await using running = start()
  const scraped = await running.send('/metrics')
  expect([scraped.status, scraped.body, scraped.headers['content-type']]).toEqual([
    200,
    'up 1\n',
    contentType,
  ])
  const statuses = [
    await running.send('/metrics', { method: 'HEAD' }),
    await running.send('/metrics', { method: 'POST' }),
    await running.send('/'),
    await running.send('/metrics/..'),
    await running.send('/debug/pprof'),
  ].map(({ status }) => status)
  expect(statuses).toEqual([200, 405, 404, 404, 404])
})

it('refuses names other than loopback, so that a page cannot read it by DNS rebinding', async () => {
  await using running = start()
  const statusFor = async (host: string) => (await running.send('/metrics', { host })).status
  expect(await statusFor('attacker.example')).toBe(421)
  expect(await statusFor('127.0.0.1.attacker.example:9464')).toBe(421)
  expect(await statusFor('localhost:9464')).toBe(200)
  expect(await statusFor('[::1]:9464')).toBe(200)
  expect(await statusFor('127.8.9.10')).toBe(200)
})

it('warns when the address is not loopback, and then accepts every name', async () => {
  await using running = start({ address: { host: '0.0.0.0', port: 0 } })
  expect((await running.send('/metrics', { host: 'mjrwtf:9464' })).status).toBe(200)
  expect(running.log.warn).toHaveBeenCalledExactlyOnceWith(
    { host: '0.0.0.0', port: 0 },
    expect.stringContaining('not a loopback address'),
  )
})

it('waits for a port that another process uses, and says so once', async () => {
  const other = createServer()
  const { promise, resolve } = Promise.withResolvers<void>()
  other.listen(0, '127.0.0.1', resolve)
  await promise
  const address = other.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  await using running = start({ address: { host: '127.0.0.1', port } })
  await vi.waitUntil(() => running.log.warn.mock.calls.length > 0, { timeout: 60_000 })
  expect(running.server.port()).toBeNull()

  other.close()
  expect((await running.send('/metrics')).status).toBe(200)
  expect(running.log.warn).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ reason: 'EADDRINUSE', port }),
    expect.stringMatching(/Metrics are not available.*Trying again; everything else works/),
  )
})

it('answers 500 without details when the metrics cannot be read', async () => {
  await using running = start({
    read: () => Promise.reject(new Error('postgres://user:password@host')),
  })
  const answer = await running.send('/metrics')
  expect([answer.status, answer.body]).toEqual([500, 'The metrics could not be read.\n'])
})
