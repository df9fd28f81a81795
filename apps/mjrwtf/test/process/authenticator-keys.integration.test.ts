import { createFakeClock } from 'coatcheck/testing'
import { expect, it } from 'vitest'
import { addAuthenticator } from '../support/second-factors.ts'
import { openStorage } from '../support/storage.ts'
import { environmentFor, setUp } from './support/accounts.ts'
import { startProgram } from './support/program.ts'

it('every start logs the secret keys that are missing for authenticators', async () => {
  await using storage = await openStorage('sqlite')
  const env = environmentFor(storage)
  {
    await using program = await startProgram({ env })
    await setUp(program)
  }
  const [user] = (await storage.query('SELECT id FROM users')) as readonly { readonly id: string }[]
  await addAuthenticator({ storage, clock: createFakeClock() }, user?.id ?? '')
  await using program = await startProgram({ env })
  await expect
    .poll(() => program.stdout())
    .toContain('"keyId":"k","authenticators":1,"msg":"secret key of authenticators is missing;')
})
