import { once } from 'node:events'
import { connect } from 'node:net'

/** A keep-alive connection with one request at a time. */
export interface Connection {
  /** Resolves with the status when the response is complete. */
  exchange(request: string): Promise<number>
  close(): void
}

/** Uses bare sockets: node:http as a client would take longer than the measured server. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let received = ''
  let waiting = Promise.withResolvers<number>()
  socket.setEncoding('latin1')
  socket.on('data', (chunk) => {
    received += chunk
    if (!isComplete(received)) return
    const status = Number(received.slice(9, 12))
    received = ''
    waiting.resolve(status)
  })
  socket.on('close', () => waiting.reject(new Error('The server closed a connection.')))
  // Nothing waits after the last exchange.
  waiting.promise.catch(() => {})
  return {
    exchange(request) {
      waiting = Promise.withResolvers<number>()
      socket.write(request)
      return waiting.promise
    },
    close() {
      socket.removeAllListeners('close').destroy()
    },
  }
}

function isComplete(response: string): boolean {
  const head = response.indexOf('\r\n\r\n')
  if (head === -1) return false
  const length = /content-length: (\d+)/i.exec(response.slice(0, head))
  if (length !== null) return response.length >= head + 4 + Number(length[1])
  // Chunked, or without a body.
  return /^transfer-encoding:/im.test(response.slice(0, head))
    ? response.endsWith('0\r\n\r\n')
    : true
}
