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
import { streamedBytes } from './routes.ts'
import { signIn } from './sessions.ts'

const chunked: RawHeaders = [['Transfer-Encoding', 'chunked']]

/** Long, since Node's parser also recognizes a boundary within a value. */
const boundary = '----ScenarioFormBoundary7MA4YWxkTrZu0gW'

/** A text part of a multipart form. */
function partOf(name: string, value: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
}

const multipartHeaders: RawHeaders = [['Content-Type', `multipart/form-data; boundary=${boundary}`]]

/** As many bytes than the route waits for. */
const streamedChunks = Array.from({ length: streamedBytes / 65_536 }, () => 'x'.repeat(65_536))

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
    const token = await client.csrfToken()
    const field = `csrf_token=${token}`
    for (const [headers, body, status] of [
      [[], field, 200],
      [chunked, [field, '&a=1'], 200],
      [[], `${field}&${large}`, 413],
      [chunked, `${field}&${large}`, 413],
      [[['X-CSRF-Token', token]], large, 200],
      [[['X-CSRF-Token', token], ...chunked], large, 200],
      [[['X-CSRF-Token', 'wrong']], large, 403],
      [[['X-CSRF-Token', 'wrong'], ...chunked], large, 403],
    ] as const) {
      const all = [...formHeaders, ...sameOriginHeaders, ...headers]
      const options = { method: 'POST', headers: all, body, agent }
      expect((await client.send('/unread', options)).status).toBe(status)
    }
    // A stalled connection would not respond. A closed one is replaced by a new one.
    expect((await client.send('/untouched', { agent })).status).toBe(200)
    agent.destroy()
  },

  'with too many fields are refused before they are parsed': async ({ client }) => {
    const token = await client.csrfToken()
    const send = (type: RawHeaders, body: string) =>
      client.send('/fields', { method: 'POST', headers: [...sameOriginHeaders, ...type], body })
    for (const [count, status] of [
      [250, 200],
      [300, 413],
    ] as const) {
      const urlencoded = `csrf_token=${token}&${'a=1&'.repeat(count)}`
      const multipart = `${partOf('csrf_token', token)}${partOf('a', '1').repeat(count)}--${boundary}--`
      for (const response of [
        await send(formHeaders, urlencoded),
        await send(multipartHeaders, multipart),
      ]) {
        expect(response.status).toBe(status)
        if (status === 413) expect(response.body).toContain('64 KiB and 256 fields')
      }
    }
  },

  'pass unread with a token in the header, even if they never end': async ({ client }) => {
    await signIn(client)
    const body = streamedChunks
    const token = ['X-CSRF-Token', await client.csrfToken()] as const
    for (const path of ['/stream', '/api/stream']) {
      for (const type of [multipartHeaders, formHeaders, []]) {
        const headers = [...sameOriginHeaders, ...chunked, ...type, token]
        const response = await client.sendUnended(path, { method: 'POST', headers, body })
        expect([path, response.status, response.body]).toEqual([path, 200, 'true'])
      }
    }
  },

  'are not read with a wrong token in the header, even if they never end': async ({ client }) => {
    await signIn(client)
    const token = ['X-CSRF-Token', 'wrong'] as const
    for (const path of ['/stream', '/api/stream']) {
      for (const type of [multipartHeaders, formHeaders, []]) {
        const headers = [...sameOriginHeaders, ...chunked, ...type, token]
        const response = await client.sendUnended(path, { method: 'POST', headers, body: 'x' })
        expect([path, response.status]).toEqual([path, 403])
      }
    }
  },

  'over the limit pass with a token in the first multipart field, and then stream': async ({
    client,
  }) => {
    const token = await client.csrfToken()
    const disposition = 'Content-Disposition: form-data; name="f"; filename="f"'
    const file = `--${boundary}\r\n${disposition}\r\n\r\n`
    const tokenAsFile = `${file.replace('"f"', '"csrf_token"')}${token}\r\n`
    for (const [beginning, status] of [
      [`${partOf('csrf_token', token)}${file}`, 200],
      [`${partOf('csrf_token', 'wrong')}${file}`, 403],
      [`${tokenAsFile}${file}`, 413],
      [`${partOf('a', '1')}${partOf('csrf_token', token)}${file}`, 413],
      [`preamble\r\n${partOf('csrf_token', token)}${file}`, 413],
      [file, 413],
    ] as const) {
      const headers = [...sameOriginHeaders, ...multipartHeaders, ...chunked]
      const body = status === 200 ? [beginning, ...streamedChunks] : beginning + 'x'.repeat(100_000)
      const options = { method: 'POST', headers, body }
      const { status: actual } = await client.sendUnended('/stream', options)
      expect([beginning.slice(0, 60), actual]).toEqual([beginning.slice(0, 60), status])
    }
    const body = `${partOf('csrf_token', token)}${file}${'x'.repeat(200_000)}\r\n--${boundary}--\r\n`
    const headers = [...sameOriginHeaders, ...multipartHeaders]
    const echoed = await client.send('/echo', { method: 'POST', headers, body })
    expect([echoed.status, echoed.body === body]).toEqual([200, true])
  },

  'parsed by the framework count if they are provided before the guard': async ({ client }) => {
    const token = await client.csrfToken()
    const send = (body: string) =>
      client.send('/provided', {
        method: 'POST',
        headers: [...formHeaders, ...sameOriginHeaders],
        body,
      })
    const accepted = await send(`a=%C3%BC&csrf_token=${token}`)
    expect([accepted.status, JSON.parse(accepted.body)]).toEqual([
      200,
      [
        ['a', 'ü'],
        ['csrf_token', token],
      ],
    ])
    for (const body of ['a=1', 'csrf_token=x', '']) expect((await send(body)).status).toBe(403)
  },

  'that are aborted get no response and do not affect other requests': async ({ client }) => {
    const options = { method: 'POST', headers: [...formHeaders, ...sameOriginHeaders] }
    for (const body of ['', 'csrf_token=', ['a=1&', 'b='.repeat(10_000)]]) {
      await client.abort('/echo', { ...options, body })
    }
    expect((await client.send('/untouched')).body).toBe('untouched')
  },
})

export const adapterFormSizeCases = adapterCases(
  'form bodies with a maxFormSize of 200 KiB',
  {
    'are read up to that size, and refused beyond it with the limit': async ({ client }) => {
      const send = (body: string, headers: RawHeaders = []) => {
        const all = [...formHeaders, ...sameOriginHeaders, ...headers]
        return client.send('/echo', { method: 'POST', headers: all, body })
      }
      const token = `csrf_token=${await client.csrfToken()}&a=`
      const fits = token + 'x'.repeat(200 * 1024 - token.length)
      for (const headers of [[], chunked]) {
        expect((await send(fits, headers)).body === fits).toBe(true)
        const refused = await send(`${fits}x`, headers)
        expect([refused.status, refused.body]).toEqual([
          413,
          'The form is too large: the limit is 200 KiB and 800 fields.\n',
        ])
      }
    },
  },
  { web: { maxFormSize: 200 * 1024 } },
)
