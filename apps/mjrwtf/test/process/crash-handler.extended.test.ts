import { describe, expect, it } from 'vitest'
import { aBrowser } from '../support/browser.ts'
import { databases, openStorage } from '../support/storage.ts'
import { bearer, environmentFor, operator, setUp, shorten } from './support/accounts.ts'
import { startProgram } from './support/program.ts'

/** Faults that the program cannot foresee, caused by a signal. */
const faults = {
  SIGUSR2: `throw new Error('planned crash')`,
  SIGHUP: `Promise.reject(new Error('planned crash'))`,
} as const

/** Code that runs in the program before its own. */
const preload = Object.entries(faults)
  .map(([signal, code]) => `process.on('${signal}', () => { ${code} })`)
  .join(';')

const crashing = {
  AUTH_TOKEN: bearer,
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
}

/** Not only the last line: what was in progress, such as reading the head of the security log, may still log its result. */
function fatalLines(log: string): unknown[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'fatal')
}

describe.each(databases)('an unexpected error on %s (V16.5.4)', (kind) => {
  it.each([
    ['an exception', 'SIGUSR2'],
    ['a rejection', 'SIGHUP'],
  ] as const)(
    '%s is logged, ends the process with code 1, and loses no click',
    async (_, signal) => {
      await using storage = await openStorage(kind)
      const env = environmentFor(storage, crashing)
      await using program = await startProgram({ env })
      await setUp(program)
      const code = await shorten(program, 'https://dest.test/')
      await program.send(`/${code}`)
      const exit = await program.stop(signal)
      expect([exit, program.stderr()]).toEqual([{ code: 1, signal: null }, ''])
      expect(fatalLines(program.log())).toMatchObject([
        {
          msg: 'stopping after an error',
          error: { name: 'Error', message: 'planned crash', stack: expect.any(String) },
        },
      ])
      expect(await storage.query('SELECT click_count AS clicks FROM links')).toMatchObject([
        { clicks: expect.toSatisfy((clicks) => Number(clicks) === 1) },
      ])
    },
  )
})

describe('a process whose output is closed', () => {
  it('serves pages and prints emails without effect, and stops without losing a click', async () => {
    await using storage = await openStorage('sqlite')
    await using program = await startProgram({
      env: environmentFor(storage, { AUTH_TOKEN: bearer }),
    })
    await setUp(program)
    const code = await shorten(program, 'https://dest.test/')
    program.closeOutput()
    const browser = aBrowser(program)
    await browser.submit('/forgot', { email: operator.email }, { on: '/forgot' })
    await expect
      .poll(() => storage.query('SELECT count(*) AS count FROM email_tokens'))
      .toEqual([{ count: 2 }])
    expect((await program.send(`/${code}`)).status).toBe(302)
    expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(await storage.query('SELECT click_count AS clicks FROM links')).toEqual([{ clicks: 1 }])
  })
})
