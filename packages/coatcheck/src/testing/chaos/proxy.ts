import { connect, createServer, type Socket } from 'node:net'
import type { Milliseconds } from '../../domain/time.ts'

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** A TCP proxy with which the connections of one process to its database fail. */
export interface FaultProxy extends AsyncDisposable {
  readonly address: Address
  /** Resets all connections, and new ones until `restore`. */
  cut(): void
  /** Holds everything back until `restore`, which delivers it. */
  freeze(): void
  /** Drops what the server sends until `restore`, which resets the connections. */
  loseAnswers(): void
  /** Delays everything until `restore`. */
  slow(delay: Milliseconds): void
  /** Ends the fault. */
  restore(): void
  /** Leads new connections to another server, and resets the others. */
  redirect(target: Address): void
}

type State = 'open' | 'cut' | 'frozen' | 'losing-answers'

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Whether answers were lost, so that the connection cannot continue. */
  isBroken: boolean
}

/** Starts a proxy on a free port of the loopback interface. */
export async function startFaultProxy(initialTarget: Address): Promise<FaultProxy> {
  const pairs = new Set<Pair>()
  let target = initialTarget
  let state: State = 'open'
  let delay = 0

  function accept(client: Socket): void {
    if (state === 'cut') {
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    const pair = { client, server: connect(target.port, target.host), isBroken: false }
    pairs.add(pair)
    forward(pair, 'client')
    forward(pair, 'server')
    if (state === 'frozen') pause(pair)
  }

  function forward(pair: Pair, side: 'client' | 'server'): void {
    const from = pair[side]
    const to = side === 'client' ? pair.server : pair.client
    const send = delayed((chunk) => {
      if (to.writable) to.write(chunk)
    })
    from.setNoDelay(true)
    from.on('data', (chunk) => {
      if (side === 'server' && state === 'losing-answers') pair.isBroken = true
      else send(chunk, delay)
    })
    from.on('error', () => {})
    from.on('close', () => {
      if (to.destroyed) pairs.delete(pair)
      // Without a delay, what was written before is sent first.
      to.destroySoon()
    })
  }

  function destroy({ client, server }: Pair): void {
    client.resetAndDestroy()
    server.resetAndDestroy()
  }

  const listener = createServer(accept)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const bound = listener.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0

  return {
    address: { host: '127.0.0.1', port },
    cut() {
      state = 'cut'
      for (const pair of pairs) destroy(pair)
    },
    freeze() {
      state = 'frozen'
      for (const pair of pairs) pause(pair)
    },
    loseAnswers() {
      state = 'losing-answers'
    },
    slow(milliseconds) {
      delay = milliseconds
    },
    restore() {
      state = 'open'
      delay = 0
      for (const pair of pairs) {
        if (pair.isBroken) destroy(pair)
        else resume(pair)
      }
    },
    redirect(next) {
      target = next
      for (const pair of pairs) destroy(pair)
    },
    async [Symbol.asyncDispose]() {
      listener.close()
      for (const pair of pairs) destroy(pair)
    },
  }
}

function pause({ client, server }: Pair): void {
  client.pause()
  server.pause()
}

function resume({ client, server }: Pair): void {
  client.resume()
  server.resume()
}

/** Writes each chunk after its delay and keeps their order. */
function delayed(write: (chunk: Buffer | string) => void) {
  let last: Promise<void> | null = null
  return (chunk: Buffer | string, delay: Milliseconds): void => {
    if (delay === 0 && last === null) {
      write(chunk)
      return
    }
    const before = last ?? Promise.resolve()
    const wait = new Promise<void>((resolve) => setTimeout(resolve, delay))
    const current = Promise.all([before, wait]).then(() => {
      write(chunk)
      if (last === current) last = null
    })
    last = current
  }
}
