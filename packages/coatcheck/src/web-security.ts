export { createWebSecurity } from './web-security/create-web-security.ts'
export type { HeaderOverrides, SecurityHeaderName } from './web-security/security-headers.ts'
export type {
  GuardedExchange,
  WebSecurity,
  WebSecurityOptions,
} from './web-security/web-security.ts'
