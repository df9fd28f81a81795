import { describe, expect, it } from 'vitest'
import { requestUrl } from './incoming-request.ts'

function parse(url: string): string | null {
  const head = { method: 'GET', url, headers: new Headers() }
  const requested = requestUrl(head, 'https://mjr.example')
  return requested && requested.host + requested.pathname + requested.search
}

describe('requestUrl', () => {
  it.each([
    ['/a?b=1', 'mjr.example/a?b=1'],
    ['/', 'mjr.example/'],
    ['//evil.example/a', 'mjr.example//evil.example/a'],
    ['/\\evil.example', 'mjr.example//evil.example'],
    ['/@evil.example', 'mjr.example/@evil.example'],
    ['/x/../api/', 'mjr.example/api/'],
    ['http://proxy.example/a', 'proxy.example/a'],
  ])('resolves %s to %s', (url, requested) => {
    expect(parse(url)).toBe(requested)
  })

  it('rejects a URL whose path could extend the host name', () => {
    for (const url of [
      '',
      '*',
      'a',
      '.evil.example/',
      'mailto:.evil.example/',
      'x:@evil.example',
    ]) {
      expect([url, parse(url)]).toEqual([url, null])
    }
  })
})
