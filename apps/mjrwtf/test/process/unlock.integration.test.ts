import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { aBrowser } from '../support/browser.ts'
import { databases, openStorage } from '../support/storage.ts'
import { environmentFor, operator, setUp } from './support/accounts.ts'
import { type Environment, main, type Program, startProgram } from './support/program.ts'

function unlock(env: Environment, ...args: readonly string[]) {
  return promisify(execFile)(process.execPath, [main, 'user', 'unlock', ...args], { env })
}

async function signInStatus(app: Program, password: string): Promise<number> {
  const fields = { email: operator.email, password }
  return (await aBrowser(app).submit('/login', fields)).status
}

describe.each(databases)('unlocking an account on %s', (kind) => {
  it('allows the next sign-in at once, while the app runs', async () => {
    await using storage = await openStorage(kind)
    const env = environmentFor(storage)
    await using app = await startProgram({ env })
    await setUp(app)
    expect(await signInStatus(app, 'not the password at all')).toBe(401)
    // The state after a hundred failures, which would take hours because of the delays.
    await storage.query('UPDATE attempts SET failures = 100')
    expect(await signInStatus(app, operator.password)).toBe(429)

    const { stdout, stderr } = await unlock(env, operator.email)
    expect({ stdout, stderr }).toEqual({
      stdout: `Unlocked: failed sign-ins for ${operator.email} were reset.\n`,
      stderr: '',
    })
    expect(await signInStatus(app, operator.password)).toBe(303)
  })
})

it('names the missing argument in one line', async () => {
  await expect(unlock({})).rejects.toMatchObject({
    code: 2,
    stderr: "mjrwtf: missing required argument 'email'\n",
  })
})
