import { SessionError } from 'coatcheck'
import { memory } from 'coatcheck/memory'
import { coatcheck } from 'coatcheck/node'
import { describe, expect, it } from 'vitest'
import { describeProtectedContract } from '../../../test/support/describe-protected-contract.ts'
import { startNodeCoatcheck } from '../../../test/support/node-scenario.ts'
import { connectRaw, sendRequest, serveNode } from '../../../test/support/node-server.ts'

describeProtectedContract('coatcheck for node:http', startNodeCoatcheck)

describe('handler', () => {
  const options = {
    baseUrl: 'http://localhost:3000',
    keys: ['a key of these tests, of 32 bytes or more'],
  }
  const headers = { Host: 'localhost:3000' }

  it('discards what a route that rejects has said about its body', async () => {
    const auth = coatcheck({ ...options, store: memory() })
    const handle = auth.handler(
      async (request, response) => {
        if (request.url === '/next') return void response.end('next')
        response.setHeader('Content-Length', 5_000).setHeader('Content-Encoding', 'gzip')
        throw new Error('planned')
      },
      () => {},
    )
    await using server = await serveNode(handle)
    const connection = await connectRaw(server)
    // A length that is too large would make the next response a part of this body.
    await connection.send('GET /rejects HTTP/1.1\r\nHost: localhost:3000\r\n\r\n')
    const failed = await connection.receive(/Something went wrong\.\n$/)
    expect(failed).toMatch(/^HTTP\/1\.1 500 /)
    expect(failed).toMatch(/\r\nContent-Length: 22\r\n/)
    expect(failed).not.toMatch(/Content-Encoding|5000/)
    await connection.send('GET /next HTTP/1.1\r\nHost: localhost:3000\r\n\r\n')
    expect(await connection.receive(/next$/)).toMatch(/\r\n\r\nnext$/)
    connection.destroy()
    await auth.close()
  })

  it('responds 500 if the responder of refusals fails too, and reports its error', async () => {
    const failure = new SessionError('store-unavailable', 'planned')
    const auth = coatcheck({
      ...options,
      store: memory(),
      events: [],
      respond: () => Promise.reject(new Error('the page of errors needs the store')),
    })
    const errors: unknown[] = []
    const handle = auth.handler(
      () => Promise.reject(failure),
      (error) => errors.push(error),
    )
    await using server = await serveNode(handle)
    expect((await sendRequest(server, '/', { headers })).status).toBe(500)
    expect(String(errors)).toBe('Error: the page of errors needs the store')
    await auth.close()
  })

  it('completes a response whose route rejects after it', async () => {
    const auth = coatcheck({ ...options, store: memory() })
    const body = 'x'.repeat(8_000_000)
    const handle = auth.handler(
      async (_request, response) => {
        response.end(body)
        throw new Error('planned')
      },
      () => {},
    )
    await using server = await serveNode(handle)
    const received = await sendRequest(server, '/', { headers })
    expect(received.body.length).toBe(body.length)
    await auth.close()
  })
})
