import { describe, expect, it } from 'vitest'
import { aSignedInBrowser } from './support/browser.ts'
import {
  aClient,
  actAs,
  aRequest,
  callback,
  consent,
  responseIn,
  tokensIn,
} from './support/oauth.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

describe.each(databases)('authorization of client applications on %s', (kind) => {
  const app = useApp(kind)

  it('gives tokens to a client that the user allows', async () => {
    const browser = await aSignedInBrowser(app())
    const client = await aClient(app())
    const answer = await consent(browser, aRequest(client))
    expect([answer.status, responseIn(answer)]).toEqual([
      303,
      { uri: callback, code: expect.any(String), state: 'a state/+&=é', iss: app().baseUrl },
    ])
    const { connect, refresh } = actAs(app(), client)
    const tokens = await connect(browser)
    expect(tokens).toMatchObject({ scope: 'links:read links:write', expires_in: 900 })
    const refreshed = tokensIn(await refresh(tokens.refresh_token))
    expect(refreshed.access_token).not.toBe(tokens.access_token)
  })
})
