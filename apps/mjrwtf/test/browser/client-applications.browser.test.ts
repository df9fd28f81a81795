import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { aRequest } from '../support/oauth.ts'
import { selfSigned } from '../support/self-signed.ts'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signInAs, type Visit } from './support/visit.ts'

const fixture = useBrowserFixture()
interface Registration {
  readonly name: string
  readonly redirectUri: string
}

/** Registers a public client as its administrator does, and returns its id. */
async function register(visit: Visit, { name, redirectUri }: Registration): Promise<string> {
  const { page, open } = visit
  await open('/settings/applications/register')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Redirect URIs').fill(redirectUri)
  await page.getByLabel('See your links').check()
  await page.getByLabel('Create, edit and delete your links').check()
  await page.getByLabel('Website').fill('https://app.example/')
  await page.getByRole('button', { name: 'Register' }).click()
  const text = await page.getByText(`${name} registered. Its client ID:`).innerText()
  return text.split(' ').at(-1) ?? ''
}

function requestOf(id: string, redirect_uri: string): string {
  const scopes = ['links:read', 'links:write'] as const
  const client = { id, scopes, redirectUris: [redirect_uri], name: '', website: null }
  const unused = { kind: 'public', secretHash: null, createdBy: '', createdAt: 0 } as const
  return aRequest({ ...client, ...unused, allowsDeviceFlow: false }, { redirect_uri }).path
}

/** A program on the user's computer that waits for its code. */
async function listenOnLoopback() {
  const urls: string[] = []
  const server = createServer((incoming, response) => {
    if (incoming.url?.startsWith('/callback')) urls.push(incoming.url)
    response.setHeader('Content-Type', 'text/html')
    response.end('<!doctype html><title>Connected</title><link rel="icon" href="data:,">')
  })
  return { urls, ...(await listen(server, 'http')) }
}

async function listenOnHttps(listener: RequestListener) {
  return listen(createHttpsServer(selfSigned, listener), 'https')
}

async function listen(server: Server, scheme: 'http' | 'https') {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    origin: `${scheme}://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

it('a program gets its code after sign-in and consent, through every redirect', async () => {
  await using admin = await fixture.visit()
  await using client = await listenOnLoopback()
  await signInAs(admin, operator)
  const id = await register(admin, {
    name: 'Menu printer',
    redirectUri: 'http://127.0.0.1/callback',
  })
  await using user = await fixture.visit()
  const { page, open } = user
  await open(requestOf(id, `${client.origin}/callback`))
  await page.getByLabel('Email').fill(operator.email)
  await page.getByLabel('Password', { exact: true }).fill(operator.password)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Connect Menu printer to your account?' }).waitFor()
  await expectAccessible(page, 'consent')
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/callback/)
  expect(client.urls.filter((url) => url.includes('code='))).toHaveLength(1)
  expect(user.errors).toEqual([])
})

it('a website gets its code although it redirects to another of its origins', async () => {
  await using admin = await fixture.visit({ ignoreHTTPSErrors: true })
  const { page, open } = admin
  await signInAs(admin, operator)
  await using home = await listenOnHttps((_incoming, response) => void response.end('Home'))
  const received: string[] = []
  await using website = await listenOnHttps((incoming, response) => {
    received.push(incoming.url ?? '')
    response.writeHead(302, { Location: `${home.origin}/home` }).end()
  })
  const redirectUri = `${website.origin}/callback`
  const id = await register(admin, { name: 'Link board', redirectUri })
  for (const [decision, parameter] of [
    ['Allow', 'code='],
    ['Deny', 'error=access_denied'],
  ] as const) {
    await open(requestOf(id, redirectUri))
    await page.getByRole('button', { name: decision }).click()
    await page.waitForURL(`${home.origin}/home`)
    expect(received.at(-1)).toContain(parameter)
  }
  expect(received).toHaveLength(2)
  expect(admin.errors).toEqual([])
})

it('pages of applications have no violations', async () => {
  await using admin = await fixture.visit()
  const { page, open } = admin
  await signInAs(admin, operator)
  await open('/settings/applications')
  await expectAccessible(page, 'applications')
  await open('/settings/applications/register')
  await expectAccessible(page, 'register')
  await page.getByLabel('Name').fill('Menu server')
  await page.getByLabel('Server with a secret').check()
  await page.getByLabel('Redirect URIs').fill('http://app.example/callback')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('use https').waitFor()
  await expectAccessible(page, 'register with problems')
  await page.getByLabel('Redirect URIs').fill('https://app.example/callback')
  await page.getByLabel('See your links').check()
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: 'Secret of Menu server' }).waitFor()
  await expectAccessible(page, 'secret')
  // A browser that goes back shows the page without the secret.
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')))
  expect(await page.getByText('mjr_cs_').count()).toBe(0)
  await open('/settings/applications')
  await page.getByRole('link', { name: 'New secret for Menu server' }).click()
  await expectAccessible(page, 'replace a secret')
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Remove Menu server' }).click()
  await expectAccessible(page, 'remove')
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Menu server removed.').waitFor()
  await open('/oauth/authorize?client_id=unknown')
  await expectAccessible(page, 'unknown application')
  expect(admin.errors.filter((error) => !error.includes('400'))).toEqual([])
})
