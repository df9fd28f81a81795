// A Worker with sign-in and sign-out. Module scope does no I/O, which Workers forbid there.
import { createSessions } from 'coatcheck'
import { createHonoSessions, type ExchangeVariables } from 'coatcheck/hono'
import { createWebSessions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { Hono } from 'hono'

let passed = 0
const clock = { now: () => Date.now() + passed }

const sessions = createSessions({
  store: createMemorySessionStore(),
  data: { initial: { theme: 'light' } },
  clock,
})
const web = createWebSessions(sessions, {
  baseUrl: 'https://coatcheck.example',
  keys: ['a key for tests only, 32 bytes or more'],
  trustedProxies: ['10.0.0.0/8', 'fc00::/7'],
  clock,
})
const auth = createHonoSessions(web, {
  peerAddress: (c) => c.req.header('CF-Connecting-IP') ?? null,
})

const app = new Hono<{ Variables: ExchangeVariables<{ theme: string }> }>()
app.use(auth.exchange)
app.onError(
  async (error, c) => (await auth.respondToFailure(error, c)) ?? c.text(String(error), 500),
)
app.get('/form', async (c) => c.text(await c.var.exchange.csrfToken()))
app.post('/sign-in', auth.csrfGuard, async (c) => {
  const form = await c.var.exchange.form()
  await c.var.exchange.signIn({ userId: String(form?.get('user')) })
  return c.text('signed in')
})
app.get('/me', auth.requireSession, (c) => {
  const { userId, ipAddress } = c.var.session
  return c.json({ userId, ipAddress, theme: c.var.session.data.theme })
})
app.post('/theme', auth.csrfGuard, auth.requireSession, async (c) => {
  await c.var.exchange.saveData({ theme: 'dark' })
  return c.text('saved')
})
app.post('/sign-out', auth.csrfGuard, async (c) => {
  await c.var.exchange.signOut()
  return c.text('signed out')
})
app.post('/ten-minutes-pass', (c) => {
  passed += 600_000
  return c.text('ok')
})

export default app
