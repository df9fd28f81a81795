import { describe, expect, it } from 'vitest'
import { cookieValues } from './cookie-header.ts'

const name = '__Host-session'

describe('cookieValues', () => {
  it('finds the value among others with any spacing between pairs', () => {
    for (const header of [
      `${name}=v`,
      `a=1; ${name}=v`,
      `${name}=v;b=2`,
      `a=1;\t ${name}=v \t; b=2`,
      `;;${name}=v;;`,
    ]) {
      expect(cookieValues(header, name)).toEqual(['v'])
    }
  })

  it('returns nothing if the cookie is missing', () => {
    for (const header of [null, '', ';', name, `${name}s=v`, `x${name}=v`]) {
      expect(cookieValues(header, name)).toEqual([])
    }
  })

  it('returns every duplicate in order', () => {
    expect(cookieValues(`${name}=1; ${name}=2;${name}=`, name)).toEqual(['1', '2', ''])
  })

  it('trims only SP and HTAB', () => {
    // Cookie tossing through a parser that trims Unicode spaces.
    for (const space of [
      '\u2000',
      '\u00a0',
      '\u0085',
      '\u3000',
      '\ufeff',
      '\v',
      '\f',
      '\r',
      '\n',
    ]) {
      expect(cookieValues(`${space}${name}=v`, name)).toEqual([])
      expect(cookieValues(`a=1; ${space}${name}=v`, name)).toEqual([])
      expect(cookieValues(`${name}${space}=v`, name)).toEqual([])
    }
    expect(cookieValues(`${name} =v`, name)).toEqual([])
  })

  it('does not confuse names that differ in case, prefix or delimiter', () => {
    for (const other of [
      '__host-session',
      `=${name}`,
      `$${name}`,
      `"${name}"`,
      `a,${name}`,
      `a]${name}`,
      `a&${name}`,
      `a\0${name}`,
      '%5F_Host-session',
    ]) {
      expect(cookieValues(`${other}=v`, name)).toEqual([])
    }
  })

  it('does not interpret $Version and quoted strings', () => {
    const header = `$Version=1; a="x; ${name}=v; y"`
    expect(cookieValues(header, name)).toEqual(['v'])
    expect(cookieValues(`${name}="v"`, name)).toEqual(['"v"'])
    expect(cookieValues(`${name}=%76`, name)).toEqual(['%76'])
    expect(cookieValues(`${name}=a=b`, name)).toEqual(['a=b'])
    expect(cookieValues(`${name}= v`, name)).toEqual([' v'])
    expect(cookieValues(`a=${name}=v; ${name}=${name}=w`, name)).toEqual([`${name}=w`])
  })

  it('ignores cookies without a name', () => {
    expect(cookieValues(`=${name}=v; =x; v`, name)).toEqual([])
    expect(cookieValues('=v', '')).toEqual([])
  })

  it('finds names of object members such as __proto__', () => {
    for (const member of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(cookieValues('a=1', member)).toEqual([])
      expect(cookieValues(`${member}=1`, member)).toEqual(['1'])
    }
  })

  it('parses the header in linear time', () => {
    const hostile = [';', ' ', '=', 'a=;', ' ;', `${name}`, '\t=', `${name}=;`]
    for (const part of hostile) {
      const header = part.repeat(Math.ceil(1_000_000 / part.length))
      const started = performance.now()
      cookieValues(header, name)
      expect(performance.now() - started).toBeLessThan(1_000)
    }
  })
})
