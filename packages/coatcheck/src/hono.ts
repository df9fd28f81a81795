export { createHonoSessions } from './frameworks/hono/create-hono-sessions.ts'
export type {
  AuthenticationVariables,
  ExchangeVariables,
  HonoSessions,
  HonoSessionsOptions,
  NonceVariables,
  OptionalSessionVariables,
  SessionVariables,
} from './frameworks/hono/hono-sessions.ts'
