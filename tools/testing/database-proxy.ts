import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy in front of a database, with which a test simulates an outage. */
export interface DatabaseProxy extends AsyncDisposable {
  /** URL of the database through the proxy. */
  readonly url: string
  /** Closes every connection and accepts no new one. */
  cut(): Promise<void>
  /** Drops all data, and the end of connections, like an unplugged cable. */
  silence(): void
  /** Delays all data. */
  delay(milliseconds: number): void
  /** Ends the outage and removes the delay. */
  restore(): Promise<void>
}

type State = 'open' | 'silent'

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let state: State = 'open'
  let lag = 0

  function pipe(from: Socket, to: Socket): void {
    sockets.add(from)
    const forward = delayed((chunk) => to.writable && to.write(chunk))
    from.on('data', (chunk) => state === 'open' && forward(chunk, lag))
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      // In silence, neither side receives that the other one has closed.
      if (state === 'open') to.destroy()
    })
  }

  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname)
    pipe(client, database)
    pipe(database, client)
  })
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`

  function endAll(): void {
    for (const socket of sockets) socket.destroy()
  }

  async function cut(): Promise<void> {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    endAll()
    await closed
  }

  return {
    url: url.href,
    cut,
    silence: () => {
      state = 'silent'
    },
    delay(milliseconds) {
      lag = milliseconds
    },
    async restore() {
      lag = 0
      // Data was lost during the silence, so its connections cannot continue.
      if (state === 'silent') endAll()
      state = 'open'
      if (!server.listening) await listen(port)
    },
    [Symbol.asyncDispose]: cut,
  }
}

/** Writes each chunk after a delay and keeps their order. */
function delayed(write: (chunk: Buffer | string) => void) {
  const queue: { readonly due: number; readonly chunk: Buffer | string }[] = []

  function pump(): void {
    const [next] = queue
    if (next === undefined) return
    const remaining = next.due - performance.now()
    if (remaining > 0) {
      setTimeout(pump, remaining)
    } else {
      queue.shift()
      write(next.chunk)
      pump()
    }
  }

  return (chunk: Buffer | string, lag: number): void => {
    queue.push({ due: performance.now() + lag, chunk })
    if (queue.length === 1) pump()
  }
}
