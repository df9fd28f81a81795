export { createHonoSessions } from './frameworks/hono/create-hono-sessions.ts'
export type {
  AuthenticationVariables,
  ExchangeVariables,
  HonoSessions,
  HonoSessionsOptions,
  OptionalSessionVariables,
  SessionVariables,
} from './frameworks/hono/hono-sessions.ts'
export {
  createHonoWebSecurity,
  type HonoWebSecurity,
  type NonceVariables,
} from './frameworks/hono/hono-web-security.ts'
