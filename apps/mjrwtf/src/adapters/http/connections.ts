import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Places } from '../../application/shared/places.ts'
import { ipGroup } from '../../domain/ip-address.ts'

export type HandleRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => void

type Exchange = readonly [incoming: IncomingMessage, outgoing: ServerResponse]

/** The requests of one connection that have no complete response. */
interface Pipeline {
  readonly waiting: Exchange[]
  isBusy: boolean
  /** Starts the next request. */
  readonly next: () => void
}

/**
 * Limits the connections of a server. Each takes a place, which is shared fairly by IP group of the peer: a client that
 * opens more than its share loses its own.
 */
export function limitConnections(server: Server, places: Places<Socket>): void {
  server.on('connection', (socket: Socket) => {
    const group = ipGroup(socket.remoteAddress ?? null)
    const taken = places.take(socket, { group, user: group })
    if (taken.status === 'full') return void socket.destroy()
    socket.once('close', () => places.release(socket))
    taken.evicted?.destroy()
  })
}

/**
 * How many bytes Node parses at a time. It reads up to 64 KiB and cannot stop in between: 2,500 requests, even if their
 * connection was closed after the first ones.
 */
const parsedBytes = 1_024

/** Lets Node parse what it reads in parts, and nothing more once the connection is closed. */
function parseInParts(socket: Socket): void {
  const [parse] = socket.listeners('data')
  if (parse === undefined) return
  socket.removeAllListeners('data')
  socket.on('data', (chunk: Buffer<ArrayBuffer>) => {
    parse.call(socket, chunk.subarray(0, parsedBytes))
    // Also after a pause: the stream continues with this part.
    if (chunk.length > parsedBytes && !socket.destroyed) socket.unshift(chunk.subarray(parsedBytes))
  })
}

/**
 * Handles the requests of each connection one after the other: the next one starts when the system has taken over the
 * complete previous response. Node starts all requests that a client sends ahead at once, and buffers their responses
 * for a client that does not read. A connection with more than `maxWaiting` requests ahead is closed (RFC 9112 section
 * 9.3.2: clients repeat what was not answered).
 */
export function handleInOrder(server: Server, handle: HandleRequest, maxWaiting: number): void {
  const pipelines = new Map<Socket, Pipeline>()

  function start([incoming, outgoing]: Exchange, pipeline: Pipeline): void {
    pipeline.isBusy = true
    outgoing.once('close', pipeline.next)
    handle(incoming, outgoing)
  }

  function open(socket: Socket): void {
    const pipeline: Pipeline = {
      waiting: [],
      isBusy: false,
      next() {
        pipeline.isBusy = false
        const exchange = pipeline.waiting.shift()
        if (exchange !== undefined && pipelines.has(socket)) start(exchange, pipeline)
      },
    }
    pipelines.set(socket, pipeline)
    parseInParts(socket)
    socket.once('close', () => pipelines.delete(socket))
  }

  server.on('connection', open)
  server.on('request', (incoming, outgoing) => {
    const { socket } = incoming
    const pipeline = pipelines.get(socket)
    // Already closed, but Node parses the rest of this part.
    if (pipeline === undefined) return
    if (!pipeline.isBusy) start([incoming, outgoing], pipeline)
    else if (pipeline.waiting.length < maxWaiting) pipeline.waiting.push([incoming, outgoing])
    else {
      pipelines.delete(socket)
      socket.destroy()
    }
  })
}
