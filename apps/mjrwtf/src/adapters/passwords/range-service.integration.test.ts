import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { digestOf, type Handler, startRangeService } from '../../../test/support/range-service.ts'
import { createRangeService, type RangeFailure } from './range-service.ts'

const password = 'walking giraffe umbrella'
const sha1 = digestOf(password)
const suffix = sha1.slice(5)
const others = ['0018A45C4D1DEF81644B54AB7F969B88D65:1', '00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2']

const respondWith = (body: string) => (_: IncomingMessage, response: ServerResponse) =>
  void response.end(body)

async function check(url: string, timeout?: number) {
  const failures: RangeFailure[] = []
  const onFailure = (reason: RangeFailure) => void failures.push(reason)
  const service = createRangeService(url, { onFailure, ...(timeout && { timeout }) })
  return { isKnown: await service.includes(password), failures }
}

it('sends only five digits of the hash and requests padding', async () => {
  await using service = await startRangeService(respondWith(others.join('\r\n')))
  expect(await check(service.url)).toEqual({ isKnown: false, failures: [] })
  const [request] = service.requests
  expect(request?.url).toBe(`/range/${sha1.slice(0, 5)}`)
  expect(request?.headers['add-padding']).toBe('true')
  const sent = JSON.stringify([request?.url, request?.headers])
  expect(sent).not.toContain(suffix)
  expect(sent).not.toContain('giraffe')
})

it.each([
  ['among others', [others[0], `${suffix}:42`, others[1]].join('\r\n'), true],
  ['in lower case, with bare line feeds and one at the end', `${suffix.toLowerCase()}:1\n`, true],
  ['only as padding, with a count of 0', [...others, `${suffix}:0`].join('\r\n'), false],
  ['not, in an empty list', '', false],
])('finds the password %s', async (_, body, isKnown) => {
  await using service = await startRangeService(respondWith(body))
  expect(await check(service.url)).toEqual({ isKnown, failures: [] })
})

/** Responses that contain the hash but must not be accepted. */
const faults: Readonly<Record<string, readonly [RangeFailure, Handler]>> = {
  'an error': ['error-status', (_, response) => response.writeHead(503).end(`${suffix}:42`)],
  'too many requests': ['error-status', (_, response) => response.writeHead(429).end()],
  'a page': ['invalid-response', respondWith(`<!doctype html>\n${suffix}:42`)],
  'a line too many': ['invalid-response', respondWith(`${suffix}:42\r\n${suffix}`)],
  'more than any list has': [
    'invalid-response',
    respondWith(`${suffix}:42\r\n${`${others[0]}\r\n`.repeat(40_000)}`),
  ],
  'an end in the middle': [
    'unreachable',
    (_, response) => {
      response.writeHead(200, { 'Content-Length': '9999' }).write(`${suffix}:42\r\n`)
      setImmediate(() => response.destroy())
    },
  ],
}

it.each(Object.entries(faults))('treats %s as a failed lookup', async (_, [reason, handle]) => {
  await using service = await startRangeService(handle)
  expect(await check(service.url)).toEqual({ isKnown: false, failures: [reason] })
})

it.each<[string, Handler]>([
  ['says nothing', () => {}],
  ['stops in the middle', (_, response) => void response.write(`${suffix}:42\r\n`)],
])('times out on a service that %s', async (_, handle) => {
  await using service = await startRangeService(handle)
  expect(await check(service.url, 100)).toEqual({ isKnown: false, failures: ['timeout'] })
})

it('follows no redirect (V13.2.4)', async () => {
  await using otherService = await startRangeService(respondWith(`${suffix}:42`))
  await using service = await startRangeService((_, response) =>
    response.writeHead(302, { Location: otherService.url }).end(),
  )
  expect(await check(service.url)).toEqual({ isKnown: false, failures: ['error-status'] })
  expect(otherService.requests).toEqual([])
})

it('works without a service', async () => {
  const { url } = await (async () => {
    await using closedService = await startRangeService(() => {})
    return closedService
  })()
  expect(await check(url)).toEqual({ isKnown: false, failures: ['unreachable'] })
})

it('limits concurrent lookups', async () => {
  const openResponses: ServerResponse[] = []
  await using service = await startRangeService((_, response) => void openResponses.push(response))
  const failures: RangeFailure[] = []
  const onFailure = (reason: RangeFailure) => void failures.push(reason)
  const { includes } = createRangeService(service.url, { onFailure, timeout: 20_000 })
  const checks = Array.from({ length: 25 }, () => includes(password))
  await expect.poll(() => openResponses.length).toBe(20)
  await expect.poll(() => failures).toEqual(Array(5).fill('busy'))
  for (const response of openResponses) response.end(`${suffix}:1`)
  expect((await Promise.all(checks)).filter((isKnown) => isKnown)).toHaveLength(20)
})
