import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { respondToParent } from '../harness/child.ts'
import { createAgent, csrfTokenIn, post, send } from './requests.ts'

/** What the attacking process does. */
export type Attack =
  | {
      readonly kind: 'sign-in'
      readonly port: number
      readonly seconds: number
      readonly clients: number
    }
  | {
      readonly kind: 'pipelining'
      readonly port: number
      readonly path: string
      readonly connections: number
      /** Of requests, per connection. */
      readonly bytes: number
      readonly seconds: number
    }

/** Number of answers by status; of a pipelining attack, the bytes that the server accepted. */
export type AttackResult = Readonly<Record<string, number>>

respondToParent<Attack>((attack) => (attack.kind === 'sign-in' ? signIn(attack) : pipeline(attack)))

/** Sends wrong passwords, each from another IP address and to another email, so that each is hashed. */
async function signIn({ port, seconds, clients }: Attack & { kind: 'sign-in' }) {
  const { body, cookies } = await send(port, '/login')
  const token = csrfTokenIn(body)
  const agent = createAgent()
  const deadline = performance.now() + seconds * 1_000
  const answers: Record<string, number> = {}
  let sent = 0
  async function work(): Promise<void> {
    while (performance.now() < deadline) {
      sent += 1
      const fields = { csrf_token: token, email: `user-${sent}@users.test`, password: 'wrong' }
      const headers = { 'X-Forwarded-For': `10.${sent >> 16}.${(sent >> 8) & 255}.${sent & 255}` }
      const { status } = await post(port, '/login', { fields, cookies, headers, agent })
      answers[status] = (answers[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: clients }, work))
  agent.destroy()
  return answers
}

/** Writes requests without reading an answer, then waits. */
async function pipeline(attack: Attack & { kind: 'pipelining' }) {
  const { port, path, connections, bytes, seconds } = attack
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`
  const requests = request.repeat(Math.ceil(bytes / request.length))
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.pause()
    socket.write(requests)
    return socket
  })
  await setTimeout(seconds * 1_000)
  const accepted = sockets.reduce((sum, each) => sum + each.bytesWritten - each.writableLength, 0)
  const closed = sockets.filter((each) => each.destroyed).length
  for (const socket of sockets) socket.destroy()
  return { accepted, closed }
}
