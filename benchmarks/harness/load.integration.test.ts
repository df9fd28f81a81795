import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { bodyFor } from '../cases/answer.ts'
import { createConnection } from './load-connection.ts'

const request = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')

/** Sends one request to a server and expects this user. */
async function exchangeWith(listener: RequestListener, userId = 'ada'): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const connection = await createConnection(port)
  try {
    await connection.exchange(request, bodyFor(userId))
  } finally {
    connection.close()
    server.close()
  }
}

it('accepts the expected response in one or several chunks', async () => {
  await exchangeWith((_request, response) => response.end(bodyFor('ada')))
  await exchangeWith((_request, response) => {
    const body = bodyFor('ada')
    response.setHeader('Content-Length', body.length)
    response.write(body.slice(0, 5))
    setTimeout(() => response.end(body.slice(5)), 5)
  })
})

it('rejects a response for another user', async () => {
  const answered = exchangeWith((_request, response) => response.end(bodyFor('eve')))
  await expect(answered).rejects.toThrow('Unexpected response')
})

it('rejects a 401 response', async () => {
  const answered = exchangeWith((_request, response) => {
    const body = bodyFor('ada')
    response.writeHead(401, { 'Content-Length': body.length }).end(body)
  })
  await expect(answered).rejects.toThrow('Unexpected response')
})

it('rejects a response with additional bytes', async () => {
  const answered = exchangeWith((_request, response) => response.end(`${bodyFor('ada')} `))
  await expect(answered).rejects.toThrow('Unexpected response')
})

it('rejects a response on a connection that closes early', async () => {
  const answered = exchangeWith((_request, response) => {
    response.socket?.destroy()
  })
  await expect(answered).rejects.toThrow()
})
