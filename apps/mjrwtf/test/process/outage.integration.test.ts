import { expect, it } from 'vitest'
import { startDatabaseProxy } from '../../../../tools/testing/database-proxy.ts'
import type { Browser } from '../support/browser.ts'
import { openStorage } from '../support/storage.ts'
import { bearer, environmentFor, sessionStatus, setUp, shorten } from './support/accounts.ts'
import { type Program, startProgram } from './support/program.ts'

async function open() {
  const storage = await openStorage('postgres')
  const proxy = await startDatabaseProxy(storage.url)
  const env = { ...environmentFor(storage, { AUTH_TOKEN: bearer }), DATABASE_URL: proxy.url }
  const program = await startProgram({ env })
  const ann = await setUp(program)
  return {
    storage,
    proxy,
    program,
    ann,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
      await storage[Symbol.asyncDispose]()
    },
  }
}

/** Every request is answered 503, and the browser keeps its cookies. */
async function expectUnavailable(browser: Browser, program: Program): Promise<void> {
  const before = new Map(browser.cookies)
  const answers = await Promise.all([
    browser.open('/dashboard'),
    browser.open('/login'),
    browser.send('/api/session'),
    browser.send('/api/urls'),
    program.send('/abc123'),
    program.send('/api/urls', { headers: [['Authorization', `Bearer ${bearer}`]] }),
  ])
  for (const { status, headers, setCookies } of answers) {
    expect([status, headers['retry-after'], setCookies]).toEqual([503, '5', []])
  }
  expect(browser.cookies).toEqual(before)
  expect((await program.send('/ready')).status).toBe(503)
  expect((await program.send('/health')).status).toBe(200)
}

it('database outage: answers 503, keeps running and recovers', async () => {
  await using opened = await open()
  const { proxy, program, ann, storage } = opened
  const code = await shorten(program, 'https://example.com/kept')
  // Pending while the database is unavailable.
  expect((await program.send(`/${code}`)).status).toBe(302)

  await proxy.cut()
  await expectUnavailable(ann, program)
  const page = await ann.open('/dashboard')
  expect(page.body).toContain('Temporarily unavailable')
  expect(page.body).not.toMatch(/ECONNREFUSED|at .+:\d+:\d+|node_modules/)
  expect(program.isRunning()).toBe(true)

  await proxy.restore()
  await expect.poll(async () => (await program.send('/ready')).status).toBe(200)
  expect(await sessionStatus(ann)).toBe(200)
  expect((await program.send(`/${code}`)).status).toBe(302)
  const countClicks = async () => (await storage.query('SELECT id FROM clicks')).length
  await expect.poll(countClicks).toBe(2)
})

it('database outage: distinguishes failed from successful sign-outs', async () => {
  await using opened = await open()
  const { proxy, program, ann } = opened
  const headers = [
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Origin', program.baseUrl],
    ['Sec-Fetch-Site', 'same-origin'],
  ] as const
  const body = new URLSearchParams({ csrf_token: await ann.csrfToken('/dashboard') }).toString()

  await proxy.cut()
  const rejected = await ann.send('/logout', { method: 'POST', headers, body })
  expect([rejected.status, rejected.setCookies]).toEqual([503, []])
  expect(rejected.headers['clear-site-data']).toBeUndefined()

  await proxy.restore()
  expect(await sessionStatus(ann)).toBe(200)
  const done = await ann.send('/logout', { method: 'POST', headers, body })
  expect([done.status, done.location]).toEqual([303, '/'])
})

it('unresponsive database: requests time out', async () => {
  await using opened = await open()
  const { proxy, program, ann } = opened

  proxy.silence()
  const startedAt = performance.now()
  await expectUnavailable(ann, program)
  expect(performance.now() - startedAt).toBeLessThan(30_000)

  await proxy.restore()
  await expect.poll(() => sessionStatus(ann)).toBe(200)
})
