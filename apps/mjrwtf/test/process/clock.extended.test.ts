import { describe, expect, it } from 'vitest'
import { openStorage } from '../support/storage.ts'
import { environmentFor, sameBrowserAt, sessionStatus, setUp } from './support/accounts.ts'
import { type Environment, runProgram, startProgram } from './support/program.ts'

const hour = 3_600_000

/** Changes the clock of the program: at its start, or at SIGUSR2. */
function withClock(offset: number, when: 'at start' | 'at SIGUSR2'): Environment {
  const change = `const now = Date.now; Date.now = () => now() + ${offset}`
  const code = when === 'at start' ? change : `process.on('SIGUSR2', () => { ${change} })`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}

describe('a clock that is wrong, with PostgreSQL', () => {
  it.each([
    ['ahead of', hour],
    ['behind', -hour],
  ])('prevents the start an hour %s that of the server, and says so', async (relation, offset) => {
    await using storage = await openStorage('postgres')
    const env = environmentFor(storage, withClock(offset, 'at start'))
    const { code, stderr } = await runProgram({ env })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(`^The clock of this machine is 3\\d{3} s ${relation} that of the database server`),
    )
  })

  it('of a process that runs takes it out of service, and ends no session of the others', async () => {
    await using storage = await openStorage('postgres')
    const env = environmentFor(storage)
    await using right = await startProgram({ env })
    await using wrong = await startProgram({ env: { ...env, ...withClock(hour, 'at SIGUSR2') } })
    const ann = await setUp(right)
    expect((await wrong.send('/ready')).status).toBe(200)
    wrong.signal('SIGUSR2')
    await expect.poll(async () => (await wrong.send('/ready')).status).toBe(503)
    expect((await wrong.send('/health')).status).toBe(200)
    await sessionStatus(sameBrowserAt(wrong, ann))
    expect((await right.send('/ready')).status).toBe(200)
    expect(await sessionStatus(ann)).toBe(200)
  })
})
