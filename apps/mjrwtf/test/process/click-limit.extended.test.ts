import { Agent, request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../../../tools/testing/free-port.ts'
import { databases, openStorage } from '../support/storage.ts'
import { bearer, environmentFor, setUp, shortCodeIn } from './support/accounts.ts'
import { type Program, startProgram } from './support/program.ts'

/** CLICK_LIMIT_VISITORS=5000 runs the figure of the issue: 1,000 of 5,000 pass. */
const visitors = Number(process.env.CLICK_LIMIT_VISITORS ?? 500)
const limit = visitors / 5
const fallback = 'https://dest.test/sold-out'

describe.each(databases)('a click limit in two programs on %s', (kind) => {
  it('admits exactly the limit of parallel visitors, and leads the others to the fallback', async () => {
    await using storage = await openStorage(kind)
    const own = { BASE_URL: `http://localhost:${await freePort()}`, AUTH_TOKEN: bearer }
    const env = environmentFor(storage, own)
    await using one = await startProgram({ env })
    await using other = await startProgram({ env })
    await setUp(one)
    const code = await shortenLimited(one)

    const programs = [one, other]
    const agent = new Agent({ keepAlive: true, maxSockets: 100 })
    const locations = await Promise.all(
      Array.from({ length: visitors }, (_, index) => {
        const { port } = programs[index % 2] ?? one
        return visit({ agent, port, path: `/${code}` })
      }),
    )
    agent.destroy()
    const passed = locations.filter((location) => location === 'https://dest.test/there')
    // On a slow machine the program may be too busy for some, who are asked to come back.
    const late = locations.filter((location) => location === fallback || location === '503')
    expect([passed.length, late.length]).toEqual([limit, visitors - limit])
    const [link] = await storage.query('SELECT admitted_clicks FROM links')
    expect(link).toEqual({ admitted_clicks: limit })
  }, 300_000)
})

async function shortenLimited(program: Program): Promise<string> {
  const created = await program.send('/api/urls', {
    method: 'POST',
    headers: [
      ['Authorization', `Bearer ${bearer}`],
      ['Content-Type', 'application/json'],
    ],
    body: JSON.stringify({
      original_url: 'https://dest.test/there',
      click_limit: limit,
      fallback_url: fallback,
    }),
  })
  expect(created.status).toBe(201)
  return shortCodeIn(created.body)
}

interface Visit {
  readonly agent: Agent
  readonly port: number
  readonly path: string
}

/** Not `program.send`, which opens a connection for each request. */
function visit(target: Visit): Promise<string> {
  const headers = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' }
  return new Promise((resolve, reject) => {
    const sent = request({ ...target, host: '127.0.0.1', headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.headers.location ?? String(response.statusCode)))
    })
    sent.on('error', reject).end()
  })
}
