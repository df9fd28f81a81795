// Fastify's `inject` has requests and responses without a socket.
import assert from 'node:assert/strict'
import { createSessions } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createNodeSessions } from 'coatcheck/node'
import fastify, { type onRequestAsyncHookHandler } from 'fastify'

const events: string[] = []
const sessions = createSessions({
  store: createMemorySessionStore(),
  data: { initial: {} },
  events: [({ type }) => events.push(type)],
})
const web = createWebSessions(sessions, {
  baseUrl: 'https://coatcheck.example',
  keys: ['a key for tests only, 32 bytes or more'],
  events: [({ type }) => events.push(type)],
})
const auth = createNodeSessions(web)

const csrfGuard: onRequestAsyncHookHandler = async (request, reply) => {
  if (!(await auth.csrfGuard(request.raw, reply.raw))) reply.hijack()
}
const requireSession: onRequestAsyncHookHandler = async (request, reply) => {
  if ((await auth.requireSession(request.raw, reply.raw)) === null) reply.hijack()
}

const app = fastify()
// The guards leave the body readable.
app.addContentTypeParser(
  'application/x-www-form-urlencoded',
  { parseAs: 'string' },
  (_request, body, done) => done(null, new URLSearchParams(String(body))),
)
app.get('/form', async ({ raw }, reply) => auth.exchange(raw, reply.raw).csrfToken())
app.post<{ Body: URLSearchParams }>(
  '/sign-in',
  { onRequest: csrfGuard },
  async (request, reply) => {
    const exchange = auth.exchange(request.raw, reply.raw)
    const user = request.body.get('user')
    assert.equal((await exchange.form())?.get('user'), user)
    await exchange.signIn({ userId: String(user) })
    return 'signed in'
  },
)
app.get('/me', { onRequest: requireSession }, async ({ raw }, reply) => {
  return (await auth.exchange(raw, reply.raw).session())?.userId
})
app.post('/sign-out', { onRequest: csrfGuard }, async ({ raw }, reply) => {
  await auth.exchange(raw, reply.raw).signOut()
  return 'signed out'
})

const cookies: Record<string, string> = {}

async function send(method: 'GET' | 'POST', url: string, fields: Record<string, string> = {}) {
  const response = await app.inject({
    method,
    url,
    cookies,
    headers: {
      origin: 'https://coatcheck.example',
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    ...(method === 'POST' && { payload: new URLSearchParams(fields).toString() }),
  })
  for (const { name, value } of response.cookies) cookies[name] = value
  return { status: response.statusCode, body: response.body }
}

const csrfToken = async () => (await send('GET', '/form')).body

assert.equal((await send('GET', '/me')).status, 303)
assert.equal((await send('POST', '/sign-in', { user: 'ada' })).status, 403)
const form = { user: 'ada', csrf_token: await csrfToken() }
assert.deepEqual(await send('POST', '/sign-in', form), { status: 200, body: 'signed in' })
assert.deepEqual(await send('GET', '/me'), { status: 200, body: 'ada' })
const { '__Host-session': sessionCookie = '' } = cookies
const signedOut = await send('POST', '/sign-out', { csrf_token: await csrfToken() })
assert.deepEqual(signedOut, { status: 200, body: 'signed out' })
cookies['__Host-session'] = sessionCookie
assert.equal((await send('GET', '/me')).status, 303)
assert(!events.includes('client-address-shared'), 'inject must not look like a proxy')
await app.close()
await sessions.close()
console.log('  ✓ Fastify inject: refused without CSRF token, signed in, signed out, revoked')
