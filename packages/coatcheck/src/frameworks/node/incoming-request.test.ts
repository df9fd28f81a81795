import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { fromIncomingMessage, headerValue } from './incoming-request.ts'

describe('headerValue', () => {
  it('finds a header in any case', () => {
    const raw = ['Host', 'mjr.example', 'X-CSRF-Token', 'a']
    for (const name of ['host', 'HOST', 'Host']) expect(headerValue(raw, name)).toBe('mjr.example')
    expect(headerValue(raw, 'x-csrf-token')).toBe('a')
  })

  it('returns null for a missing header and does not match values', () => {
    expect(headerValue([], 'host')).toBeNull()
    expect(headerValue(['A', 'Host', 'B', 'mjr.example'], 'host')).toBeNull()
    expect(headerValue(['Hosts', 'a', 'Hos', 'b'], 'host')).toBeNull()
  })

  it('joins repeated headers and drops none', () => {
    const twice = (name: string) => headerValue([name, 'a', 'Other', 'x', name, 'b'], name)
    for (const name of ['host', 'authorization', 'content-type', 'origin', 'user-agent']) {
      expect(twice(name)).toBe('a, b')
    }
    expect(twice('cookie')).toBe('a; b')
    expect(headerValue(['Cookie', '', 'cookie', ''], 'cookie')).toBe('; ')
  })
})

describe('readBody', () => {
  it('reads a request that never becomes complete, as of inject, and leaves it to the route', async () => {
    const request = new IncomingMessage(new Socket())
    request.rawHeaders.push('Transfer-Encoding', 'chunked')
    const reading = fromIncomingMessage(request, new ServerResponse(request)).readBody(100)
    request.push('a=1&')
    await new Promise((resolve) => setImmediate(resolve))
    request.push('b=2')
    request.push(null)

    const result = await reading
    expect(result.status === 'read' && Buffer.from(result.bytes).toString()).toBe('a=1&b=2')
    expect(Buffer.concat(await request.toArray()).toString()).toBe('a=1&b=2')
  })
})
