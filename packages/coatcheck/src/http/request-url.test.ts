import { expect, it } from 'vitest'
import { requestUrl } from './request-url.ts'

function parse(url: string): string | null {
  const head = { method: 'GET', url, headers: new Headers() }
  const requested = requestUrl(head, 'https://mjr.example')
  return requested && requested.host + requested.pathname + requested.search
}

it.each([
  ['/a?b=1', 'mjr.example/a?b=1'],
  ['/', 'mjr.example/'],
  ['//evil.example/a', 'mjr.example//evil.example/a'],
  ['/\\evil.example', 'mjr.example//evil.example'],
  ['/@evil.example', 'mjr.example/@evil.example'],
  ['/x/../api/', 'mjr.example/api/'],
  ['http://proxy.example/a', 'proxy.example/a'],
])('takes %s for %s', (url, requested) => {
  expect(parse(url)).toBe(requested)
})

it('takes nothing whose path could be read as the end of a host', () => {
  for (const url of ['', '*', 'a', '.evil.example/', 'mailto:.evil.example/', 'x:@evil.example']) {
    expect([url, parse(url)]).toEqual([url, null])
  }
})
