import type { IncomingMessage, Server } from 'node:http'
import { unixPeer } from '../http/proxies/client-address.ts'

/** The part of a server's socket that is read. Sockets that test tools inject have no server. */
export interface ServerSocket extends Pick<IncomingMessage['socket'], 'remoteAddress'> {
  /** Of a TLS socket. */
  readonly encrypted?: boolean
  readonly server?: Partial<Pick<Server, 'address'>> | null
}

/**
 * Returns the IP address of a socket's peer, `unix` on a unix socket, or `null`: a TCP socket has no
 * IP address either once the client has aborted, and must not become a trusted proxy then.
 */
export function peerAddressOf(socket: ServerSocket): string | null {
  return socket.remoteAddress ?? (isUnixServer(socket.server) ? unixPeer : null)
}

/** A server that has been closed has no address any more, while its last requests are handled. */
const unixServers = new WeakMap<object, boolean>()

function isUnixServer(server: ServerSocket['server']): boolean {
  if (server === undefined || server === null) return false
  const known = unixServers.get(server)
  if (known !== undefined) return known
  const address = server.address?.() ?? null
  // Node reports the path of a unix socket, and an object for TCP.
  if (address !== null) unixServers.set(server, typeof address === 'string')
  return typeof address === 'string'
}
