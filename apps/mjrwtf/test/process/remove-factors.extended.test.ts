import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { systemClock } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { startMailServer } from '../support/mail-server.ts'
import { addAuthenticator } from '../support/second-factors.ts'
import { databases, openStorage } from '../support/storage.ts'
import { environmentFor, operator, setUp, signIn } from './support/accounts.ts'
import { type Environment, main, startProgram } from './support/program.ts'

function removeFactors(env: Environment, ...args: readonly string[]) {
  return promisify(execFile)(process.execPath, [main, 'user', 'remove-factors', ...args], { env })
}

describe.each(databases)('removing second factors by command on %s', (kind) => {
  it('takes effect at once while the app runs, is logged, and notifies the user', async () => {
    await using storage = await openStorage(kind)
    await using mailServer = await startMailServer()
    const env = environmentFor(storage, { SMTP_URL: mailServer.url })
    await using app = await startProgram({ env })
    await setUp(app)
    const [user] = await storage.query('SELECT id FROM users')
    const id = user !== undefined && 'id' in user ? String(user.id) : ''
    await addAuthenticator({ storage, clock: systemClock }, id)

    const { stdout, stderr } = await removeFactors(env, operator.email.toUpperCase())
    expect({ stdout, stderr }).toEqual({
      stdout: `Removed: ${operator.email} has no second factor anymore (before: 1). The password is unchanged.\n`,
      stderr: '',
    })
    expect(await storage.query('SELECT second_factors FROM users')).toEqual([{ second_factors: 0 }])
    const event = `kind = 'second-factors-removed' AND user_id = '${id}'`
    expect(await storage.query(`SELECT * FROM security_events WHERE ${event}`)).toHaveLength(1)
    const subject = /^All second factors were removed from your/
    const removed = mailServer.received().filter((mail) => subject.test(mail.subject))
    expect(removed.map(({ recipients }) => recipients)).toEqual([[operator.email]])
    await signIn(app)

    const again = await removeFactors(env, operator.email)
    expect(again.stdout).toContain('(before: 0)')
    expect(await storage.query(`SELECT * FROM security_events WHERE ${event}`)).toHaveLength(1)
    await expect(removeFactors(env, 'nobody@users.test')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'No account has the email nobody@users.test. Nothing was changed.\n',
    })
  })
})
