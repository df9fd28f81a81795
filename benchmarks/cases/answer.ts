import type { IncomingMessage, ServerResponse } from 'node:http'

/** The path that is measured: below `/api/`, so that a refusal is a plain 401 everywhere. */
export const measuredPath = '/api/me'

export const contentType = 'application/json; charset=utf-8'

/** The same bytes from every server: who the session is of, and that nobody may keep the answer. */
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

/** Who wants to sign in: nobody asks for a password here, where only the sessions are measured. */
export function userToSignIn(target: string | undefined): string {
  const user = new URL(target ?? '/', 'http://localhost').searchParams.get('user')
  if (user === null) throw new Error('A sign-in names no user')
  return user
}

/** The value of a cookie by the shortest way, for cases whose library reads none by itself. */
export function cookieValue(request: IncomingMessage, name: string): string | null {
  const { cookie = '' } = request.headers
  const start = cookie.startsWith(`${name}=`) ? 0 : cookie.indexOf(`; ${name}=`) + 2
  if (start === 1) return null
  const end = cookie.indexOf(';', start)
  return cookie.slice(start + name.length + 1, end === -1 ? cookie.length : end)
}
