import { request } from 'node:http'
import type { Browser } from './browser.ts'
import type { TestApp } from './open-app.ts'

/** A page's connection to the session-end event stream. */
export interface EventListener {
  readonly status: number
  readonly contentType: string
  /** Everything received so far. */
  text(): string
  /** Resolves when the server has closed the stream. */
  readonly ended: Promise<void>
  close(): void
}

/** Connects to /session/events as a page does; resolves when the response headers arrive. */
export function listen(
  app: Pick<TestApp, 'port' | 'host'>,
  browser: Pick<Browser, 'sessionCookie'>,
): Promise<EventListener> {
  const headers = { Host: app.host, Cookie: `session-dev=${browser.sessionCookie()}` }
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port: app.port, path: '/session/events' }
    const outgoing = request({ ...target, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      incoming.on('error', () => {})
      resolve({
        status: incoming.statusCode ?? 0,
        contentType: incoming.headers['content-type'] ?? '',
        text: () => text,
        ended: new Promise((resolveEnded) => incoming.once('close', resolveEnded)),
        close: () => void outgoing.destroy(),
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
