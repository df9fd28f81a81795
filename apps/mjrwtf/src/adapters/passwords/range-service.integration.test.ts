import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { aRangeService, digestOf, type Handler } from '../../../test/support/range-service.ts'
import { createRangeService, type RangeFailure } from './range-service.ts'

const password = 'walking giraffe umbrella'
const sha1 = digestOf(password)
const suffix = sha1.slice(5)
const others = ['0018A45C4D1DEF81644B54AB7F969B88D65:1', '00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2']

const answering = (body: string) => (_: IncomingMessage, response: ServerResponse) =>
  void response.end(body)

async function ask(url: string, patience?: number) {
  const failures: RangeFailure[] = []
  const onFailure = (reason: RangeFailure) => void failures.push(reason)
  const service = createRangeService(url, { onFailure, ...(patience && { patience }) })
  return { isKnown: await service.has(password), failures }
}

it('gives away five digits of the hash and nothing else, and asks for padding', async () => {
  await using service = await aRangeService(answering(others.join('\r\n')))
  expect(await ask(service.url)).toEqual({ isKnown: false, failures: [] })
  const [request] = service.requests
  expect(request?.url).toBe(`/range/${sha1.slice(0, 5)}`)
  expect(request?.headers['add-padding']).toBe('true')
  const said = JSON.stringify([request?.url, request?.headers])
  expect(said).not.toContain(suffix)
  expect(said).not.toContain('giraffe')
})

it.each([
  ['among others', [others[0], `${suffix}:42`, others[1]].join('\r\n'), true],
  ['in lower case, with bare line feeds and one at the end', `${suffix.toLowerCase()}:1\n`, true],
  ['only as padding, with a count of 0', [...others, `${suffix}:0`].join('\r\n'), false],
  ['not, in an empty list', '', false],
])('finds it %s', async (_, body, isKnown) => {
  await using service = await aRangeService(answering(body))
  expect(await ask(service.url)).toEqual({ isKnown, failures: [] })
})

/** Says that it is known, in a way that must not be believed. */
const faults: Readonly<Record<string, readonly [RangeFailure, Handler]>> = {
  'an error': ['refused', (_, response) => response.writeHead(503).end(`${suffix}:42`)],
  'too many requests': ['refused', (_, response) => response.writeHead(429).end()],
  'a page': ['unreadable', answering(`<!doctype html>\n${suffix}:42`)],
  'a line too many': ['unreadable', answering(`${suffix}:42\r\n${suffix}`)],
  'more than any list has': [
    'unreadable',
    answering(`${suffix}:42\r\n${`${others[0]}\r\n`.repeat(40_000)}`),
  ],
  'an end in the middle': [
    'unreachable',
    (_, response) => {
      response.writeHead(200, { 'Content-Length': '9999' }).write(`${suffix}:42\r\n`)
      setImmediate(() => response.destroy())
    },
  ],
}

it.each(Object.entries(faults))('takes %s for no answer', async (_, [reason, handle]) => {
  await using service = await aRangeService(handle)
  expect(await ask(service.url)).toEqual({ isKnown: false, failures: [reason] })
})

it.each<[string, Handler]>([
  ['says nothing', () => {}],
  ['stops in the middle', (_, response) => void response.write(`${suffix}:42\r\n`)],
])('gives a service up that %s, when its time is over', async (_, handle) => {
  await using service = await aRangeService(handle)
  expect(await ask(service.url, 100)).toEqual({ isKnown: false, failures: ['too-slow'] })
})

it('follows no redirect: nothing but the given address is ever asked (V13.2.4)', async () => {
  await using elsewhere = await aRangeService(answering(`${suffix}:42`))
  await using service = await aRangeService((_, response) =>
    response.writeHead(302, { Location: elsewhere.url }).end(),
  )
  expect(await ask(service.url)).toEqual({ isKnown: false, failures: ['refused'] })
  expect(elsewhere.requests).toEqual([])
})

it('lives without a service', async () => {
  const { url } = await (async () => {
    await using gone = await aRangeService(() => {})
    return gone
  })()
  expect(await ask(url)).toEqual({ isKnown: false, failures: ['unreachable'] })
})

it('asks a bounded number of things at once', async () => {
  const waiting: ServerResponse[] = []
  await using service = await aRangeService((_, response) => void waiting.push(response))
  const failures: RangeFailure[] = []
  const onFailure = (reason: RangeFailure) => void failures.push(reason)
  const { has } = createRangeService(service.url, { onFailure, patience: 20_000 })
  const asked = Array.from({ length: 25 }, () => has(password))
  await expect.poll(() => waiting.length).toBe(20)
  await expect.poll(() => failures).toEqual(Array(5).fill('too-many'))
  for (const response of waiting) response.end(`${suffix}:1`)
  expect((await Promise.all(asked)).filter((isKnown) => isKnown)).toHaveLength(20)
})
