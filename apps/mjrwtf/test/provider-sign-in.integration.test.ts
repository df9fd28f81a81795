import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBrowser } from './support/browser.ts'
import { aClockOfNow, type OidcProvider, startOidcProvider } from './support/oidc-provider.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

let provider: OidcProvider

beforeAll(async () => {
  provider = await startOidcProvider()
})

afterAll(() => provider[Symbol.asyncDispose]())

describe.each(databases)('sign-in with an OIDC provider on %s', (kind) => {
  it('leads to the provider and back', async () => {
    await using app = await anApp(kind, { clock: aClockOfNow(), env: provider.env })
    const browser = aBrowser(app)
    provider.signInAs({ sub: 'user-1', email: 'one@users.test', acr: 'x', amr: ['pwd'] })
    const start = await browser.open('/login/oidc')
    expect(start.status).toBe(303)
    const answer = await browser.open(await provider.visit(start.location))
    // Nobody has linked this account.
    expect(answer.status).toBe(403)
  })
})
