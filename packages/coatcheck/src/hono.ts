export {
  coatcheck,
  type HonoCoatcheck,
  type HonoCoatcheckOptions,
  type ProtectVariables,
} from './frameworks/hono/coatcheck.ts'
export { createHonoSessions } from './frameworks/hono/create-hono-sessions.ts'
export type {
  AuthenticationVariables,
  ExchangeVariables,
  HonoSessions,
  HonoSessionsOptions,
  OptionalSessionVariables,
  SessionVariables,
} from './frameworks/hono/hono-sessions.ts'
export { apiHeaders, type NonceVariables, pageHeaders } from './frameworks/hono/security-headers.ts'
export type { CoatcheckOptions } from './setup/options.ts'
