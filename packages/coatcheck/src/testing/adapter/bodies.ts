import { Agent } from 'node:http'
import { expect } from 'vitest'
import { adapterCases } from './case.ts'
import {
  formHeaders,
  type RawHeaders,
  type ScenarioClient,
  type SendOptions,
  sameOriginHeaders,
} from './client.ts'

const chunked: RawHeaders = [['Transfer-Encoding', 'chunked']]

/** Posts with a valid token in a header, so that the body can be anything. */
async function post(
  client: ScenarioClient,
  path: string,
  { headers = [], ...options }: SendOptions,
) {
  const token = ['X-CSRF-Token', await client.csrfToken()] as const
  return client.send(path, {
    method: 'POST',
    ...options,
    headers: [...formHeaders, ...sameOriginHeaders, token, ...headers],
  })
}

export const adapterBodyCases = adapterCases('form bodies', {
  'reach the route completely, in one or many chunks, with or without a length': async ({
    client,
  }) => {
    const chunks = ['a=', '%C3%BC&b=', 'x'.repeat(20_000), '', 'y'.repeat(40_000), '&c']
    for (const headers of [[], chunked]) {
      for (const body of [chunks, chunks.join(''), 'a=1']) {
        const response = await post(client, '/echo', { headers, body })
        expect([response.status, response.body]).toEqual([200, [body].flat().join('')])
      }
    }
  },

  'reach the route even if they are empty': async ({ client }) => {
    for (const headers of [[], chunked]) {
      const response = await post(client, '/echo', { headers, body: '' })
      expect([response.status, response.body]).toEqual([200, ''])
    }
  },

  'have no fields if empty, and are no form with another content type': async ({ client }) => {
    for (const headers of [[], chunked]) {
      expect((await post(client, '/fields', { headers, body: '' })).body).toBe('[]')
      expect((await post(client, '/fields', { headers, body: 'a=1' })).body).toBe('[["a","1"]]')
    }
    const token = ['X-CSRF-Token', await client.csrfToken()] as const
    const headers = [...sameOriginHeaders, token]
    const untyped = await client.send('/fields', { method: 'POST', headers })
    expect(untyped.body).toBe('no form')
  },

  'are passed through with another content type': async ({ client }) => {
    const body = 'x'.repeat(100_000)
    const token = ['X-CSRF-Token', await client.csrfToken()] as const
    const headers = [...sameOriginHeaders, token, ['Content-Type', 'text/plain']] as const
    const response = await client.send('/echo', { method: 'POST', headers, body })
    expect([response.status, response.body]).toEqual([200, body])
  },

  'may stay unread by the route or by a guard that refuses the request': async ({ client }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const large = 'x'.repeat(300_000)
    for (const [headers, body, status] of [
      [[], 'a=1', 200],
      [chunked, ['a=', '1'], 200],
      [[], large, 413],
      [chunked, large, 413],
    ] as const) {
      expect((await post(client, '/unread', { headers, body, agent })).status).toBe(status)
    }
    // A stalled connection would not respond. A closed one is replaced by a new one.
    expect((await client.send('/untouched', { agent })).status).toBe(200)
    agent.destroy()
  },

  'with too many fields are refused before they are parsed': async ({ client }) => {
    const boundary = 'b'
    const part = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n`
    const multipart = ['Content-Type', `multipart/form-data; boundary=${boundary}`] as const
    const urlencoded = ['Content-Type', 'application/x-www-form-urlencoded'] as const
    const token = ['X-CSRF-Token', await client.csrfToken()] as const
    const statusOf = async (type: RawHeaders[number], body: string) => {
      const headers = [...sameOriginHeaders, token, type]
      return (await client.send('/fields', { method: 'POST', headers, body })).status
    }
    for (const [count, status] of [
      [250, 200],
      [300, 413],
    ] as const) {
      expect(await statusOf(urlencoded, 'a=1&'.repeat(count))).toBe(status)
      expect(await statusOf(multipart, `${part.repeat(count)}--${boundary}--`)).toBe(status)
    }
  },

  'that are aborted get no response and do not affect other requests': async ({ client }) => {
    const options = { method: 'POST', headers: [...formHeaders, ...sameOriginHeaders] }
    for (const body of ['', 'csrf_token=', ['a=1&', 'b='.repeat(10_000)]]) {
      await client.abort('/echo', { ...options, body })
    }
    expect((await client.send('/untouched')).body).toBe('untouched')
  },
})
