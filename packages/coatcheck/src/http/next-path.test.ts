import { describe, expect, it } from 'vitest'
import { parseNextPath } from './next-path.ts'

const origin = 'https://mjr.example'

describe('parseNextPath', () => {
  it('accepts paths on the origin', () => {
    for (const path of ['/', '/dashboard', '/links/a_b-c?range=7d&q=%C3%BC', '/a?u=https://x/']) {
      expect(parseNextPath(path, origin)).toBe(path)
    }
    expect(parseNextPath('/a/./b/../c', origin)).toBe('/a/c')
  })

  it('rejects values that could be interpreted as another origin', () => {
    const hostile = [
      ...[
        '',
        'dashboard',
        'evil.example',
        '//mjr.example/a',
        '//evil.example',
        '///evil.example',
        '/\\evil.example',
      ],
      ...['\\\\evil.example', '\\/evil.example', '/%09/evil.example', '/\t/evil.example'],
      ...['/\n/evil.example', '\t//evil.example', ' //evil.example', '/ /evil.example'],
      ...[
        'https:evil.example',
        'http:///evil.example',
        'https://evil.example',
        'HTTPS://mjr.example',
      ],
      ...[
        'https://mjr.example/',
        '//mjr.example@evil.example',
        '/@evil.example:x@/..//evil.example',
      ],
      ...[
        'javascript:alert(1)',
        'data:text/html,x',
        '//evil。example',
        '/。/evil',
        '//evil%E3%80%82example',
      ],
      ...[
        '/#@evil.example',
        '/a#//evil.example',
        '#',
        '?a',
        '/.//evil.example',
        '/..//evil.example',
      ],
      ...['/%2e//evil.example', '/a/..//evil.example', '/%2f/evil.example', '/%2F%2Fevil.example'],
      ...[
        '/%5cevil.example',
        '/%5C%5Cevil.example',
        '/%0d%0aSet-Cookie:a',
        '/%00',
        '/a\0b',
        '/a\r\nb',
      ],
      ...['/%7f', '/a\u2028b', '/\u00a0', '/é', `/${'a'.repeat(2_048)}`],
    ]
    for (const value of hostile)
      expect([value, parseNextPath(value, origin)]).toEqual([value, null])
  })

  it('rejects values that are not strings', () => {
    expect(parseNextPath(null, origin)).toBeNull()
    expect(parseNextPath(undefined, origin)).toBeNull()
    const untyped: never[] = []
    expect(parseNextPath(untyped[0], origin)).toBeNull()
  })

  it('returns only paths that browsers resolve to the same origin', () => {
    const pieces = ['/', '\\', '.', '..', '%2f', '%2e', ':', '@', 'evil.example', '?', 'a', '%5c']
    const join = (paths: readonly string[]) =>
      paths.flatMap((path) => pieces.map((piece) => path + piece))
    const accepted = join(join(join(join(['/']))))
      .map((path) => parseNextPath(path, origin))
      .filter((path) => path !== null)
    expect(accepted.length).toBeGreaterThan(1_000)
    const hosts = accepted.map((path) => new URL(path, 'https://other.example').host)
    expect(new Set(hosts)).toEqual(new Set(['other.example']))
  })
})
