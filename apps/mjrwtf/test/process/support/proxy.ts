import { connect, createServer, type Socket } from 'node:net'

/** Stands between a program and its database, which goes away when a test says so. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The database's URL by way of the proxy. */
  readonly url: string
  /** Ends every connection and takes no new one. */
  cut(): Promise<void>
  /** Passes nothing on any more, and ends nothing either: a cable pulled out. */
  silence(): void
  /** The database is back. */
  heal(): Promise<void>
}

type State = 'open' | 'silent'

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let state: State = 'open'

  function join(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('data', (chunk) => state === 'open' && to.write(chunk))
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }

  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname)
    join(client, database)
    join(database, client)
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
    async heal() {
      // What came while nothing was passed on is lost, as are the connections it came by.
      if (state === 'silent') endAll()
      state = 'open'
      if (!server.listening) await listen(port)
    },
    [Symbol.asyncDispose]: cut,
  }
}
