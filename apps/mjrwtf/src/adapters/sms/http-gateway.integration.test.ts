import type { ServerResponse } from 'node:http'
import { expect, it, vi } from 'vitest'
import {
  type GatewayHandler,
  gatewayToken,
  type SmsGateway,
  startSmsGateway,
} from '../../../test/support/sms-gateway.ts'
import { createHttpGateway, type GatewayFailure } from './http-gateway.ts'

const message = { to: '+447700900123', text: '012345 is your code: "für Sie"\n\n@mjr.test #012345' }

function open({ url }: Pick<SmsGateway, 'url'>, timeout = 20_000) {
  const failures: GatewayFailure[] = []
  const onFailure = (failure: GatewayFailure) => void failures.push(failure)
  const send = createHttpGateway({ url, token: gatewayToken, onFailure, timeout })
  return { send, failures }
}

it('posts the number and the text as JSON, with the bearer token', async () => {
  await using gateway = await startSmsGateway()
  const { send, failures } = open(gateway)
  expect(await send(message)).toBe('accepted')
  expect(failures).toEqual([])
  const [request] = gateway.requests
  expect(request).toMatchObject({ method: 'POST', url: '/messages' })
  expect(JSON.parse(request?.body ?? '')).toEqual(message)
  expect(request?.headers).toMatchObject({
    authorization: `Bearer ${gatewayToken}`,
    'content-type': 'application/json',
  })
})

it.each([200, 201, 204])('accepts the status %s', async (status) => {
  await using gateway = await startSmsGateway()
  gateway.respond((response) => response.writeHead(status).end())
  expect(await open(gateway).send(message)).toBe('accepted')
})

it.each([301, 400, 401, 429, 500, 503])('reports the status %s and sends once', async (status) => {
  await using other = await startSmsGateway()
  await using gateway = await startSmsGateway()
  gateway.respond((response) => response.writeHead(status, { Location: other.url }).end('text'))
  const { send, failures } = open(gateway)
  expect(await send(message)).toBe('failed')
  expect(failures).toEqual([{ reason: 'error-status', status }])
  expect([gateway.requests.length, other.requests.length]).toEqual([1, 0])
})

it.each<[string, GatewayHandler]>([
  ['says nothing', () => {}],
  ['stops within the header', (response) => void response.socket?.write('HTTP/1.1 20')],
])('times out on a gateway that %s, and sends once', async (_, handle) => {
  await using gateway = await startSmsGateway()
  gateway.respond(handle)
  const { send, failures } = open(gateway, 200)
  expect(await send(message)).toBe('failed')
  expect(failures).toEqual([{ reason: 'timeout' }])
  expect(gateway.requests.length).toBeLessThanOrEqual(1)
})

it('accepts a slow answer, and does not read an endless body', async () => {
  await using gateway = await startSmsGateway()
  gateway.respond((response) => {
    setImmediate(() => response.writeHead(202).write('x'.repeat(100_000)))
  })
  expect(await open(gateway).send(message)).toBe('accepted')
})

it('reports a connection that breaks, and a gateway that is not there', async () => {
  await using gateway = await startSmsGateway()
  gateway.respond((response) => response.destroy())
  const broken = open(gateway)
  expect(await broken.send(message)).toBe('failed')
  expect(broken.failures).toEqual([{ reason: 'unreachable' }])
  expect(gateway.requests).toHaveLength(1)
  await gateway[Symbol.asyncDispose]()
  const closed = open(gateway)
  expect(await closed.send(message)).toBe('failed')
  expect(closed.failures).toEqual([{ reason: 'unreachable' }])
})

it('limits concurrent requests, and reports what does not fit into the queue', async () => {
  await using gateway = await startSmsGateway()
  const openResponses: ServerResponse[] = []
  gateway.respond((response) => void openResponses.push(response))
  const { send, failures } = open(gateway)
  const sent = Array.from({ length: 45 }, () => send(message))
  await expect.poll(() => openResponses.length).toBe(8)
  expect(failures).toEqual(Array(5).fill({ reason: 'busy' }))
  gateway.respond((response) => response.writeHead(202).end())
  for (const response of openResponses) response.writeHead(202).end()
  expect((await Promise.all(sent)).filter((result) => result === 'accepted')).toHaveLength(40)
})

it('sends nothing for a message whose time has expired in the queue', async () => {
  await using gateway = await startSmsGateway()
  const openResponses: ServerResponse[] = []
  gateway.respond((response) => void openResponses.push(response))
  const controllers: AbortController[] = []
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    const controller = new AbortController()
    controllers.push(controller)
    return controller.signal
  })
  const { send, failures } = open(gateway)
  const sent = Array.from({ length: 9 }, () => send(message))
  timeout.mockRestore()
  await expect.poll(() => openResponses.length).toBe(8)
  controllers[8]?.abort()
  for (const response of openResponses) response.writeHead(202).end()
  expect(await Promise.all(sent)).toEqual([...Array(8).fill('accepted'), 'failed'])
  expect(failures).toEqual([{ reason: 'timeout' }])
  expect(gateway.requests).toHaveLength(8)
})
