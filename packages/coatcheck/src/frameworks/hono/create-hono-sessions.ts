import type { WebSessions } from '../../http/web-sessions.ts'
import type { HonoSessions, HonoSessionsOptions } from './hono-sessions.ts'

/** Makes the middleware that joins sessions to a Hono app. */
export function createHonoSessions<Data>(
  _web: WebSessions<Data>,
  _options: HonoSessionsOptions = {},
): HonoSessions<Data> {
  throw new Error('not built yet')
}
