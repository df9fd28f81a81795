export type { Flash } from './domain/flash.ts'
export type { ResponseHeader, SameSite } from './http/cookies/set-cookie.ts'
export { createWebSessions } from './http/create-web-sessions.ts'
export type {
  Exchange,
  ExchangeRotation,
  ExchangeSignIn,
  ExchangeSignInStart,
  SignedCookie,
} from './http/exchange/exchange.ts'
export type { FormResult } from './http/forms/form-reader.ts'
export type { Refusal, RefusalCode, RefusalResponder, RequestKind } from './http/guards/refusals.ts'
export type {
  BodyResult,
  IncomingRequest,
  RequestHead,
  RequestHeaders,
} from './http/incoming-request.ts'
export { isResponse } from './http/is-response.ts'
export type { ForwardedHeader } from './http/proxies/forwarded-entries.ts'
export type {
  AssuranceOptions,
  Authentication,
  BearerOptions,
  CsrfProtection,
  ExchangeGuard,
  VerifyBearer,
  VerifyOptions,
  WebSessions,
  WebSessionsOptions,
} from './http/web-sessions.ts'
