import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { respond, respondUnauthorized } from '../cases/answer.ts'
import { probe } from './probe.ts'

const credentials = [
  { cookie: 'token=adas-long-secret', userId: 'ada' },
  { cookie: 'token=bobs-long-secret', userId: 'bob' },
]

async function probeServer(listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  try {
    await probe({ port, served: { group: 'peer' } }, credentials)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const check: RequestListener = (request, response) => {
  const found = credentials.find(({ cookie }) => cookie === request.headers.cookie)
  if (found === undefined) respondUnauthorized(response)
  else respond(response, found.userId)
}

it('accepts a server that verifies cookies', async () => {
  await probeServer(check)
})

it('rejects a server that reads the user without verifying the secret', async () => {
  const found = probeServer((request, response) => {
    const { cookie = '' } = request.headers
    if (cookie.startsWith('token=ada')) respond(response, 'ada')
    else if (cookie.startsWith('token=bob')) respond(response, 'bob')
    else respondUnauthorized(response)
  })
  await expect(found).rejects.toThrow('forged')
})

it('rejects a server that accepts requests without a cookie', async () => {
  const found = probeServer((request, response) => {
    if (request.headers.cookie === undefined) respond(response, 'ada')
    else check(request, response)
  })
  await expect(found).rejects.toThrow('missing')
})

it('rejects a server with a different response', async () => {
  const found = probeServer((request, response) => {
    response.setHeader('Server', 'a name')
    check(request, response)
  })
  await expect(found).rejects.toThrow('Unexpected response')
})
