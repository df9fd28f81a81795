import { expect, it } from 'vitest'
import { aBrowser } from '../support/browser.ts'
import { openStorage } from '../support/storage.ts'
import { environmentFor, operator, setUp } from './support/accounts.ts'
import { startProgram } from './support/program.ts'

const pepper = 'Yq3Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQeR6'

it('missing password pepper: rejects sign-ins and logs the id of the pepper (CS-PW-3)', async () => {
  await using storage = await openStorage('sqlite')
  let pepperId = ''
  {
    const env = environmentFor(storage, { PASSWORD_PEPPERS: pepper })
    await using program = await startProgram({ env })
    program.addSecret(pepper, 'password')
    await setUp(program)
    const [, ids = ''] =
      /"peppers":\["([^"]+)"\],.*password peppers loaded/.exec(program.stdout()) ?? []
    pepperId = ids
    expect((await aBrowser(program).signIn(operator)).status).toBe(303)
  }
  await using program = await startProgram({ env: environmentFor(storage) })
  program.addSecret(operator.password, 'password')
  expect((await aBrowser(program).signIn(operator)).status).toBe(401)
  expect(pepperId).toMatch(/^[\w+/]{8}$/)
  expect(program.stdout()).toContain(
    `"pepper":"${pepperId}","msg":"pepper missing for a password hash"`,
  )
})
