import { describe, expect, it } from 'vitest'
import { aBrowser } from '../support/browser.ts'
import { databases, openStorage } from '../support/storage.ts'
import {
  bearer,
  environmentFor,
  operator,
  postLink,
  sessionStatus,
  setUp,
  shortCodeIn,
} from './support/accounts.ts'
import { startLoad } from './support/load.ts'
import { type Program, startProgram } from './support/program.ts'

/** What the program has acknowledged before it is killed. */
interface Acknowledged {
  readonly links: string[]
  readonly tokens: string[]
  readonly ended: string[]
}

/** Clients 0 to 11 create links, 12 to 17 sign in, 18 and 19 sign in and out. */
async function workOn(program: Program, client: number, acknowledged: Acknowledged): Promise<void> {
  if (client < 12) {
    const { status, body } = await postLink(program, `https://example.com/${client}`)
    if (status === 201) acknowledged.links.push(shortCodeIn(body))
    return
  }
  const browser = aBrowser(program)
  const { status } = await browser.signIn(operator)
  const token = browser.sessionCookie()
  if (status !== 303) return
  if (client < 18) {
    acknowledged.tokens.push(token)
    return
  }
  const answer = await browser.submit('/logout', {}, { on: '/dashboard' })
  if (answer.status === 303) acknowledged.ended.push(token)
}

describe.each(databases)('SIGKILL under load on %s', (kind) => {
  it('loses no link, session or sign-out that was acknowledged', async () => {
    await using storage = await openStorage(kind)
    const own = { AUTH_TOKEN: bearer, MAX_SESSIONS_PER_USER: '1000', LOG_LEVEL: 'warn' }
    const env = environmentFor(storage, own)
    const acknowledged: Acknowledged = { links: [], tokens: [], ended: [] }
    await using first = await startProgram({ env })
    await setUp(first)

    const load = startLoad(20, (client) => workOn(first, client, acknowledged))
    const isEnough = () =>
      acknowledged.links.length >= 100 &&
      acknowledged.tokens.length >= 12 &&
      acknowledged.ended.length >= 4
    await expect.poll(isEnough).toBe(true)
    expect(await first.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
    await load.end()

    await using second = await startProgram({ env })
    second.addSecret(operator.password, 'password')
    const found = await Promise.all(acknowledged.links.map((code) => second.send(`/${code}`)))
    expect(found.filter(({ status }) => status !== 302)).toEqual([])
    const statuses = (tokens: readonly string[]) =>
      Promise.all(tokens.map((token) => sessionStatus(withToken(second, token))))
    expect(new Set(await statuses(acknowledged.tokens))).toEqual(new Set([200]))
    expect(new Set(await statuses(acknowledged.ended))).toEqual(new Set([401]))
    if (kind === 'sqlite') {
      expect(await storage.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
      expect(await storage.query('PRAGMA foreign_key_check')).toEqual([])
    }
  })
})

function withToken(program: Program, token: string) {
  const browser = aBrowser(program)
  browser.cookies.set('session-dev', token)
  return browser
}
