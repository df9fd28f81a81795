import type { Sessions } from '../sessions/sessions.ts'
import type { WebSessions, WebSessionsOptions } from './web-sessions.ts'

/** Brings sessions to web-standard requests and responses. */
export function createWebSessions<Data>(
  _sessions: Sessions<Data>,
  _options: WebSessionsOptions,
): WebSessions<Data> {
  throw new Error('not built yet')
}
