import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { second } from '../src/domain/time.ts'
import { aSignedInBrowser, type Browser } from './support/browser.ts'
import { createClientFetch } from './support/client-fetch.ts'
import { aClient, consent, type TestClient } from './support/oauth.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'
import { anUserCodeEntry } from './support/user-codes.ts'

const loopback = 'http://127.0.0.1/callback'

/** A native app listens on a port that the system chooses. */
const redirectUri = 'http://127.0.0.1:49152/callback'

/** The configuration of openid-client, from the metadata of the app. */
function discover(app: TestApp, { id, secret }: TestClient, method?: openid.ClientAuth) {
  return openid.discovery(new URL(app.baseUrl), id, undefined, method ?? authOf(secret), {
    algorithm: 'oauth2',
    [openid.customFetch]: createClientFetch(app),
    execute: [openid.allowInsecureRequests],
  })
}

function authOf(secret: string): openid.ClientAuth {
  return secret === '' ? openid.None() : openid.ClientSecretBasic(secret)
}

/** The URL at which the client application receives the code. */
async function authorize(browser: Browser, url: URL): Promise<URL> {
  const answer = await consent(browser, { path: url.pathname + url.search })
  return new URL(answer.location)
}

async function connect(browser: Browser, config: openid.Configuration) {
  const [verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()]
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'links:read stats:read',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  const checks = { pkceCodeVerifier: verifier, expectedState: state }
  return openid.authorizationCodeGrant(config, await authorize(browser, url), checks)
}

describe.each(databases)('openid-client on %s', (kind) => {
  const app = useApp(kind)

  it('connects a native app on loopback, refreshes, introspects and revokes', async () => {
    const browser = await aSignedInBrowser(app())
    const scopes = ['links:read', 'stats:read'] as const
    const client = await aClient(app(), { kind: 'confidential', redirectUris: [loopback], scopes })
    const config = await discover(app(), client)
    const tokens = await connect(browser, config)
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 900 })
    expect(tokens.scope?.split(' ').toSorted()).toEqual(['links:read', 'stats:read'])

    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', {
      scope: 'links:read',
    })
    expect(refreshed.scope).toBe('links:read')
    const introspected = await openid.tokenIntrospection(config, refreshed.access_token)
    expect(introspected).toMatchObject({ active: true, client_id: client.id, scope: 'links:read' })
    await openid.tokenRevocation(config, refreshed.refresh_token ?? '')
    expect(await openid.tokenIntrospection(config, refreshed.access_token)).toEqual({
      active: false,
    })
    await expect(
      openid.refreshTokenGrant(config, refreshed.refresh_token ?? ''),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('receives access_denied when the user denies, with the issuer and the state', async () => {
    const browser = await aSignedInBrowser(app())
    const client = await aClient(app(), { redirectUris: [loopback] })
    const config = await discover(app(), client)
    const verifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      ...{ code_challenge_method: 'S256', scope: 'links:read', state: 'state' },
    })
    const answer = await consent(browser, { path: url.pathname + url.search }, 'deny')
    const checks = { pkceCodeVerifier: verifier, expectedState: 'state' }
    await expect(
      openid.authorizationCodeGrant(config, new URL(answer.location), checks),
    ).rejects.toMatchObject({ error: 'access_denied' })
  })

  it('connects a command line with the device flow while the user decides', async () => {
    const browser = await aSignedInBrowser(app())
    const client = await aClient(app(), { allowsDeviceFlow: true })
    const config = await discover(app(), client)
    const device = await openid.initiateDeviceAuthorization(config, { scope: 'links:read' })
    expect(device).toMatchObject({
      verification_uri: `${app().baseUrl}/oauth/device`,
      ...{ expires_in: 600, interval: 5 },
    })
    expect(device).not.toHaveProperty('verification_uri_complete')

    let polls = 0
    const fetchFromApp = createClientFetch(app())
    config[openid.customFetch] = async (url, options) => {
      polls += 1
      // The fake clock of the app moves on by the interval, for which the client does not wait.
      app().clock.advance(5 * second)
      if (polls === 3) await anUserCodeEntry(browser, device.user_code).decide('allow')
      return fetchFromApp(url, options)
    }
    const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 })
    expect([polls, tokens.scope]).toEqual([3, 'links:read'])
    await expect(
      openid.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 }),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

describe.each(databases)('oauth4webapi on %s', (kind) => {
  const app = useApp(kind)

  async function open(options: Parameters<typeof aClient>[1]) {
    const registered = await aClient(app(), options)
    const insecure = {
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: createClientFetch(app()),
    }
    const issuer = new URL(app().baseUrl)
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    const server = await oauth.processDiscoveryResponse(issuer, discovered)
    const client: oauth.Client = { client_id: registered.id }
    const auth = registered.secret === '' ? oauth.None() : oauth.ClientSecretPost(registered.secret)
    return { server, client, auth, insecure, registered }
  }

  it('connects a browser extension: code, refresh and revocation', async () => {
    const browser = await aSignedInBrowser(app())
    const extension = 'https://abcdefghijklmnop.chromiumapp.org/mjr'
    const { server, client, auth, insecure } = await open({ redirectUris: [extension] })
    const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()]
    const url = new URL(server.authorization_endpoint ?? '')
    url.search = new URLSearchParams({
      ...{ client_id: client.client_id, response_type: 'code', redirect_uri: extension, state },
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      ...{ code_challenge_method: 'S256', scope: 'links:read' },
    }).toString()
    const callback = await authorize(browser, url)
    const parameters = oauth.validateAuthResponse(server, client, callback, state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      auth,
      parameters,
      extension,
      verifier,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response)
    const refresh = (token = '') =>
      oauth.refreshTokenGrantRequest(server, client, auth, token, insecure)
    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await refresh(tokens.refresh_token),
    )
    const revoked = await oauth.revocationRequest(
      server,
      client,
      auth,
      refreshed.access_token,
      insecure,
    )
    await oauth.processRevocationResponse(revoked)
    await expect(
      oauth.processRefreshTokenResponse(server, client, await refresh(refreshed.refresh_token)),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('polls as the device flow requires: pending, slow_down, then tokens', async () => {
    const browser = await aSignedInBrowser(app())
    const { server, client, auth, insecure } = await open({
      ...{ kind: 'confidential', allowsDeviceFlow: true },
    })
    const requested = await oauth.deviceAuthorizationRequest(server, client, auth, {}, insecure)
    const device = await oauth.processDeviceAuthorizationResponse(server, client, requested)
    const poll = async () => {
      const response = await oauth.deviceCodeGrantRequest(
        server,
        client,
        auth,
        device.device_code,
        insecure,
      )
      return oauth.processDeviceCodeResponse(server, client, response)
    }
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    await expect(poll()).rejects.toMatchObject({ error: 'slow_down' })
    app().clock.advance(5 * second)
    await expect(poll()).rejects.toMatchObject({ error: 'slow_down' })
    app().clock.advance(15 * second)
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    await anUserCodeEntry(browser, device.user_code).decide('allow')
    expect(await poll()).toMatchObject({ token_type: 'bearer', scope: 'links:read links:write' })
  })
})
