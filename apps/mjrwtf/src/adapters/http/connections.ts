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
  /** The response that is being made. */
  current: ServerResponse | null
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

/** Parts of a body after which they must not be tiny on average: each part costs time and memory of its own. */
const maxTinyParts = 256
/** In bytes. Browsers and proxies send parts of hundreds of bytes or more. */
const minPartLength = 64

/**
 * Calls `onReceived` when the complete body has arrived, or as much of it as Node buffers: what is done with bodies that
 * arrive at once is done one after the other then, like all other work of requests. Closes the connection of a body in
 * tiny parts.
 */
function receiveBody(incoming: IncomingMessage, onReceived: () => void): void {
  let parts = 0
  let length = 0
  let isWaiting = hasBody(incoming)
  const push = incoming.push.bind(incoming)
  function received(): void {
    if (!isWaiting) return
    isWaiting = false
    onReceived()
  }

  // Node's parser calls it with each part of the body, and with `null` at its end.
  incoming.push = (part: Buffer | null) => {
    parts += 1
    length += part?.length ?? 0
    if (parts > maxTinyParts && length < parts * minPartLength) {
      isWaiting = false
      incoming.socket.destroy()
      return false
    }
    const hasSpace = push(part)
    if (part === null || !hasSpace) received()
    return hasSpace
  }
  // An aborted request is handled too: reading its body fails, which is logged.
  if (isWaiting) incoming.once('close', received)
  else onReceived()
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * Handles the requests of each connection one after the other: the next one starts when the system has taken over the
 * complete previous response. Node starts all requests that a client sends ahead at once, and buffers their responses
 * for a client that does not read. A connection with more than `maxWaiting` requests ahead is closed (RFC 9112 section
 * 9.3.2: clients repeat what was not answered).
 *
 * Returns a function after which every response says that its connection ends with it, so that no client sends its next
 * request while the connection is being closed.
 */
export function handleInOrder(
  server: Server,
  handle: HandleRequest,
  maxWaiting: number,
): () => void {
  const pipelines = new Map<Socket, Pipeline>()
  let isDraining = false

  function start([incoming, outgoing]: Exchange, pipeline: Pipeline): void {
    pipeline.isBusy = true
    pipeline.current = outgoing
    if (isDraining) outgoing.shouldKeepAlive = false
    outgoing.once('close', pipeline.next)
    receiveBody(incoming, () => handle(incoming, outgoing))
  }

  function open(socket: Socket): void {
    const pipeline: Pipeline = {
      waiting: [],
      isBusy: false,
      current: null,
      next() {
        pipeline.isBusy = false
        pipeline.current = null
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
  return () => {
    isDraining = true
    for (const { current } of pipelines.values()) {
      if (current !== null && !current.headersSent) current.shouldKeepAlive = false
    }
  }
}
