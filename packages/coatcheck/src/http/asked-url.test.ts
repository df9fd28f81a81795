import { expect, it } from 'vitest'
import { askedUrl } from './asked-url.ts'

function ask(url: string): string | null {
  const head = { method: 'GET', url, headers: new Headers() }
  const asked = askedUrl(head, 'https://mjr.example')
  return asked && asked.host + asked.pathname + asked.search
}

it.each([
  ['/a?b=1', 'mjr.example/a?b=1'],
  ['/', 'mjr.example/'],
  ['//evil.example/a', 'mjr.example//evil.example/a'],
  ['/\\evil.example', 'mjr.example//evil.example'],
  ['/@evil.example', 'mjr.example/@evil.example'],
  ['/x/../api/', 'mjr.example/api/'],
  ['http://proxy.example/a', 'proxy.example/a'],
])('takes %s for %s', (url, asked) => {
  expect(ask(url)).toBe(asked)
})

it('takes nothing whose path could be read as the end of a host', () => {
  for (const url of ['', '*', 'a', '.evil.example/', 'mailto:.evil.example/', 'x:@evil.example']) {
    expect([url, ask(url)]).toEqual([url, null])
  }
})
