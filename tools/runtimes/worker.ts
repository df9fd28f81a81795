// A Worker with sign-in and sign-out. Module scope does no I/O, which Workers forbid there.
import { coatcheck } from 'coatcheck/hono'
import { memory } from 'coatcheck/memory'
import { Hono } from 'hono'

let passed = 0

const auth = coatcheck({
  baseUrl: 'https://coatcheck.example',
  keys: ['a key for tests only, 32 bytes or more'],
  store: memory(),
  cache: false,
  data: { initial: { theme: 'light' } },
  trustedProxies: ['10.0.0.0/8', 'fc00::/7'],
  clock: { now: () => Date.now() + passed },
})

const app = new Hono()
// So that the next request records activity.
app.post('/ten-minutes-pass', (c) => {
  passed += 600_000
  return c.text('ok')
})
app.use(auth.protect)
app.get('/form', auth.optionalSession, async (c) => c.text(await c.var.exchange.csrfToken()))
app.post('/sign-in', auth.optionalSession, async (c) => {
  const form = await c.var.exchange.form()
  await c.var.exchange.signIn({ userId: String(form?.get('user')) })
  return c.text('signed in')
})
app.get('/me', auth.requireSession, (c) => {
  const { userId, ipAddress } = c.var.session
  return c.json({ userId, ipAddress, theme: c.var.session.data.theme })
})
app.post('/theme', auth.requireSession, async (c) => {
  await c.var.exchange.saveData({ theme: 'dark' })
  return c.text('saved')
})
app.post('/sign-out', auth.optionalSession, async (c) => {
  await c.var.exchange.signOut()
  return c.text('signed out')
})

export default app
