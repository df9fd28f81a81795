import { z } from 'zod'

/** A socket that processes inherit, as those of a systemd unit. */
export interface SharedSocket extends Disposable {
  readonly port: number
  /** For the `stdio` of a process. It stays open in this one, which never accepts a connection. */
  readonly descriptor: number
}

/** Node has no public way to bind a socket on which it does not accept connections. */
export function openSharedSocket(): SharedSocket {
  const wrap = bindingOf('tcp_wrap')
  const { TCP, constants } = z
    .object({ TCP: z.custom<TcpConstructor>(), constants: z.object({ SERVER: z.number() }) })
    .parse(wrap)
  const handle = new TCP(constants.SERVER)
  if (handle.bind('127.0.0.1', 0) !== 0) throw new Error('No port is free.')
  const address: { port?: number } = {}
  handle.getsockname(address)
  return {
    port: address.port ?? 0,
    descriptor: handle.fd,
    [Symbol.dispose]: () => handle.close(),
  }
}

type TcpConstructor = new (
  type: number,
) => {
  readonly fd: number
  bind(host: string, port: number): number
  getsockname(address: { port?: number }): void
  close(): void
}

function bindingOf(name: string): unknown {
  const binding: unknown = Reflect.get(process, 'binding')
  return typeof binding === 'function' ? binding.call(process, name) : null
}
