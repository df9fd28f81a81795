import { once } from 'node:events'
import { connect } from 'node:net'

/** A keep-alive connection with one request at a time. */
export interface LoadConnection {
  /** Resolves when the response is complete. Rejects unless it is a 200 with exactly this body. */
  exchange(request: Buffer, body: string): Promise<void>
  close(): void
}

/**
 * Uses bare sockets, because an expensive client would dominate the measurement. Each response is
 * read to its end and compared; the length of its headers is the one that the probe found.
 */
export async function createConnection(port: number): Promise<LoadConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let received = ''
  let expected = ''
  let resolve = (): void => {}
  let reject = (_error: Error): void => {}

  socket.setEncoding('latin1')
  socket.on('data', (chunk) => {
    received += chunk
    const found = compareResponse(received, expected)
    if (found === 'incomplete') return
    if (found === 'right') resolve()
    else reject(new Error(`Unexpected response: ${received.slice(0, 400)}, expected ${expected}`))
    received = ''
  })
  socket.on('error', (error) => reject(error))
  socket.on('close', () => reject(new Error('The server closed a connection')))

  return {
    exchange(request, body) {
      expected = body
      return new Promise((onRight, onWrong) => {
        resolve = onRight
        reject = onWrong
        socket.write(request)
      })
    },
    close() {
      reject = () => {}
      socket.destroy()
    },
  }
}

function compareResponse(received: string, expected: string): 'right' | 'wrong' | 'incomplete' {
  const head = received.indexOf('\r\n\r\n')
  if (head === -1) return 'incomplete'
  if (!received.startsWith('HTTP/1.1 200 ')) return 'wrong'
  const body = received.slice(head + 4)
  if (body === expected) return 'right'
  return expected.startsWith(body) ? 'incomplete' : 'wrong'
}
