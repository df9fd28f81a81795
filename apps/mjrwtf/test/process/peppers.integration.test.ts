import { expect, it } from 'vitest'
import { aBrowser } from '../support/browser.ts'
import { openStorage } from '../support/storage.ts'
import { environmentFor, operator, setUp } from './support/accounts.ts'
import { startProgram } from './support/program.ts'

const pepper = 'Yq3Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQeR6'

it('a program that has lost its pepper lets nobody in, and says in the log which one it was (CS-PW-3)', async () => {
  await using storage = await openStorage('sqlite')
  let named = ''
  {
    const env = environmentFor(storage, { PASSWORD_PEPPERS: pepper })
    await using program = await startProgram({ env })
    program.addSecret(pepper, 'password')
    await setUp(program)
    const [, ids = ''] =
      /"peppers":\["([^"]+)"\],.*password peppers loaded/.exec(program.stdout()) ?? []
    named = ids
    expect((await aBrowser(program).signIn(operator)).status).toBe(303)
  }
  await using program = await startProgram({ env: environmentFor(storage) })
  program.addSecret(operator.password, 'password')
  expect((await aBrowser(program).signIn(operator)).status).toBe(401)
  expect(named).toMatch(/^[\w+/]{8}$/)
  expect(program.stdout()).toContain(
    `"pepper":"${named}","msg":"pepper missing for a password hash"`,
  )
})
