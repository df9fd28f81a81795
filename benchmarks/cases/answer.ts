import type { IncomingMessage, ServerResponse } from 'node:http'

/** The measured path: below `/api/`, so that every server rejects with a plain 401. */
export const measuredPath = '/api/me'

export const contentType = 'application/json; charset=utf-8'

/** The same bytes from every server: the session's user, and headers that forbid caching. */
export function bodyFor(userId: string): string {
  return `{"userId":"${userId}"}`
}

export function respond(response: ServerResponse, userId: string): void {
  const body = bodyFor(userId)
  response.writeHead(200, {
    'Content-Type': contentType,
    'Cache-Control': 'no-store',
    'Content-Length': body.length,
  })
  response.end(body)
}

export function respondUnauthorized(response: ServerResponse): void {
  response.writeHead(401).end()
}

export function isSignIn(request: IncomingMessage): boolean {
  return request.method === 'POST'
}

/** The user who signs in; no password is required, because only sessions are measured. */
export function userToSignIn(target: string | undefined): string {
  const user = new URL(target ?? '/', 'http://localhost').searchParams.get('user')
  if (user === null) throw new Error('A sign-in names no user')
  return user
}

/** Reads a cookie as cheaply as possible, for cases whose library does not read cookies. */
export function cookieValue(request: IncomingMessage, name: string): string | null {
  const { cookie = '' } = request.headers
  const start = cookie.startsWith(`${name}=`) ? 0 : cookie.indexOf(`; ${name}=`) + 2
  if (start === 1) return null
  const end = cookie.indexOf(';', start)
  return cookie.slice(start + name.length + 1, end === -1 ? cookie.length : end)
}
