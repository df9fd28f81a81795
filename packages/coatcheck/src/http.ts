export type { Flash } from './domain/flash.ts'
export { createWebSessions } from './http/create-web-sessions.ts'
export type { Exchange, ExchangeRotation, ExchangeSignIn, SignedCookie } from './http/exchange.ts'
export type { FormReading } from './http/form-reader.ts'
export type { Refusal, RefusalCode, RefusalResponder, RequestKind } from './http/refusal.ts'
export type {
  BodyReading,
  RequestHead,
  RequestHeaders,
  RequestSlice,
} from './http/request-slice.ts'
export type { ResponseHeader } from './http/response-header.ts'
export type { HeaderProfile } from './http/security-headers.ts'
export type { SameSite } from './http/set-cookie.ts'
export type {
  Authentication,
  BearerCheck,
  VerifyBearer,
  VerifyOptions,
  WebSessions,
  WebSessionsOptions,
} from './http/web-sessions.ts'
