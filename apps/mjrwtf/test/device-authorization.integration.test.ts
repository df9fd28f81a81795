import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { commandLineClientId } from '../src/domain/client-application.ts'
import { minute, second } from '../src/domain/time.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { linkFor, openedLink, requestPasswordReset } from './support/emails.ts'
import { aClient, actAs, sendForm, type TestClient, tokensIn } from './support/oauth.ts'
import type { TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'
import { anUserCodeEntry, deviceFieldsIn, devicePath } from './support/user-codes.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:device_code'

interface Device {
  readonly deviceCode: string
  readonly userCode: string
  /** The error of a poll, or `tokens`. */
  poll(): Promise<string>
}

/** A device that has requested its codes. */
async function aDevice(
  app: TestApp,
  client: TestClient,
  headers: RawHeaders = [],
): Promise<Device> {
  const { call } = actAs(app, client)
  const answer = await sendForm(app, '/oauth/device_authorization', {
    parameters: { client_id: client.id },
    headers: [['User-Agent', 'menu/1.0'], ...headers],
  })
  expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
  const codes: Readonly<Record<string, unknown>> = Object(answer.json())
  const [deviceCode, userCode] = [String(codes.device_code), String(codes.user_code)]
  app.leakDetector.addSecret(deviceCode, 'code')
  app.leakDetector.addSecret(userCode, 'code')
  return {
    deviceCode,
    userCode,
    async poll() {
      const polled = await call('/oauth/token', { grant_type: grantType, device_code: deviceCode })
      if (polled.status === 200) return tokensIn(polled).access_token.slice(0, 7)
      const { error } = Object(polled.json())
      return `${polled.status} ${error}`
    },
  }
}

const tool = { name: 'Menu tool', redirectUris: [], allowsDeviceFlow: true } as const
const [issued, denied, pending] = ['mjr_at_', '400 access_denied', '400 authorization_pending']
const invalid = '400 invalid_grant'

describe.each(databases)('device authorization on %s', (kind) => {
  const opened = useApp(kind, { env: { TRUSTED_PROXIES: '127.0.0.1' } })

  async function open() {
    const app = opened()
    await app.account()
    const browser = await aSignedInBrowser(app, await app.account())
    const client = await aClient(app, tool)
    return { app, browser, client, device: await aDevice(app, client) }
  }

  it('connects a device whose code the user enters, and reports it', async () => {
    const { app, browser, client } = await open()
    const device = await aDevice(app, client, [['X-Forwarded-For', '203.0.113.9']])
    expect(await device.poll()).toBe(pending)
    const page = await anUserCodeEntry(browser, device.userCode).consentPage()
    expect(textOf(page)).toContain('Connect Menu tool to your account?')
    expect(textOf(page)).toContain('Allow this only if you just started it on a device of yours')
    expect(textOf(page)).toContain('See your links')
    expect(textOf(page)).toContain('menu/1.0')
    expect(textOf(page)).toContain('203.0.113.9 · not the network you are on')
    expect(page.path).not.toContain(device.userCode)

    const decided = await anUserCodeEntry(browser, device.userCode).decide('allow')
    expect([decided.status, decided.location]).toEqual([303, devicePath])
    expect(textOf(await browser.open(devicePath))).toContain('Menu tool is connected.')
    app.clock.advance(6 * second)
    expect(await device.poll()).toBe(issued)
    expect(await device.poll()).toBe(invalid)

    const apps = await browser.open('/settings/connected-apps')
    expect(textOf(apps)).toContain('Menu tool')
    await app.flushSecurityEvents()
    expect(textOf(await browser.open('/settings/security-log'))).toContain('App connected')
    const [email] = app.emails().filter(({ to }) => to === browser.account.email)
    expect(email).toMatchObject({
      email: { kind: 'app-connected', name: 'Menu tool', from: { ipAddress: '203.0.113.9' } },
    })
  })

  it('registers our own command line once, when it is used for the first time', async () => {
    const app = opened()
    await app.account()
    const { clients } = app.persistence
    await clients.remove(commandLineClientId)
    const start = () =>
      sendForm(app, '/oauth/device_authorization', {
        parameters: { client_id: commandLineClientId },
      })
    const answers = await Promise.all(Array.from({ length: 10 }, start))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    const registered = (await clients.list()).filter(({ id }) => id === commandLineClientId)
    expect(registered).toMatchObject([{ kind: 'public', secretHash: null, redirectUris: [] }])

    const [client] = registered
    if (client === undefined) throw new Error('not registered')
    await clients.change(client.id, { ...client, allowsDeviceFlow: false })
    expect((await start()).status).toBe(400)
  })

  it('gives one pair of tokens to 50 parallel polls', async () => {
    const { browser, device } = await open()
    await anUserCodeEntry(browser, device.userCode).decide('allow')
    const results = await Promise.all(Array.from({ length: 50 }, () => device.poll()))
    expect(results.filter((result) => result === issued)).toHaveLength(1)
    expect(results.filter((result) => result === invalid)).toHaveLength(49)
  })

  it('counts the first decision of two tabs, and says so in the other', async () => {
    const { app, browser, device } = await open()
    const [first, second] = [
      await anUserCodeEntry(browser, device.userCode).consentPage(),
      await anUserCodeEntry(browser, device.userCode).consentPage(),
    ]
    const tabs = [
      await openForm(app, browser, { page: first.path }),
      await openForm(app, browser, { page: second.path }),
    ]
    const decisions = ['deny', 'allow'] as const
    const answers = await Promise.all(
      tabs.map((tab, n) => tab.send({ decision: decisions[n] ?? 'deny' })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409])
    const rejected = answers.find(({ status }) => status === 409)
    expect(textOf(rejected ?? { body: '' })).toContain('was decided already')
    const isApproved = answers[1]?.status === 303
    expect(await device.poll()).toBe(isApproved ? issued : denied)
  })

  it('requires a session, in which the code was entered', async () => {
    const { app, browser, device } = await open()
    const anonymous = await aBrowser(app).open(devicePath)
    expect([anonymous.status, anonymous.location]).toEqual([303, '/login?next=%2Foauth%2Fdevice'])

    const page = await anUserCodeEntry(browser, device.userCode).consentPage()
    const other = await aSignedInBrowser(app, await app.account())
    expect(textOf(await other.open(page.path))).toContain('has expired or was decided already')
    const fields = { ...deviceFieldsIn(page), decision: 'allow' }
    expect((await other.submit(devicePath, fields)).status).toBe(409)
    expect(await device.poll()).toBe(pending)
    expect((await browser.submit(devicePath, { ...fields, decision: '' })).status).toBe(400)
    expect((await browser.submit(devicePath, fields)).status).toBe(303)
  })

  it('decides nothing in a tab whose session was signed out in another', async () => {
    const { app, browser, device } = await open()
    const page = await anUserCodeEntry(browser, device.userCode).consentPage()
    const tab = await openForm(app, browser, { page: page.path })
    await browser.submit('/logout', {}, { on: '/dashboard' })
    const answer = await tab.send({ decision: 'allow' })
    expect([answer.status, answer.location.startsWith('/login')]).toEqual([303, true])
    expect(await device.poll()).toBe(pending)
  })

  it('does not connect after a reset of the password, even if grants cannot be ended', async () => {
    const { app, browser, device } = await open()
    await anUserCodeEntry(browser, device.userCode).decide('allow')
    app.faults.fail('grantStore.endByUser', () => new RepositoryError('down'))
    await resetPassword(app, browser.account.email)
    app.faults.restore()
    expect(await device.poll()).toBe(denied)
  })

  it('does not connect if the password is reset while tokens are issued', async () => {
    const { app, browser, device } = await open()
    await anUserCodeEntry(browser, device.userCode).decide('allow')
    const blocked = app.faults.block('grantStore.insert')
    const polling = device.poll()
    await blocked.reached
    app.faults.fail('grantStore.endByUser', () => new RepositoryError('down'))
    await resetPassword(app, browser.account.email)
    app.faults.restore()
    blocked.release()
    expect(await polling).toBe(denied)
    expect(await app.grants.list(browser.account.id)).toEqual([])
  })

  it.each(['revoke-others', 'revoke-all'])(
    'does not connect after %s of the sessions of the user',
    async (action) => {
      const { browser, device } = await open()
      await anUserCodeEntry(browser, device.userCode).decide('allow')
      await browser.submit(`/settings/sessions/${action}`, {}, { on: '/settings/sessions' })
      expect(await device.poll()).toBe(denied)
    },
  )

  it('does not connect to an account that was deleted after the approval', async () => {
    const { app, browser, device } = await open()
    await anUserCodeEntry(browser, device.userCode).decide('allow')
    await app.persistence.accounts.remove(browser.account.id)
    expect(await device.poll()).toBe(invalid)
  })

  it('connects although the session of the approval has signed out', async () => {
    const { browser, device } = await open()
    await anUserCodeEntry(browser, device.userCode).decide('allow')
    await browser.submit('/logout', {}, { on: '/dashboard' })
    expect(await device.poll()).toBe(issued)
  })

  it('ends after ten minutes, for the device and the user', async () => {
    const { app, browser, device } = await open()
    const page = await anUserCodeEntry(browser, device.userCode).consentPage()
    app.clock.advance(10 * minute)
    expect(await device.poll()).toBe('400 expired_token')
    expect(textOf(await browser.open(page.path))).toContain('has expired')
    const late = await browser.submit(devicePath, { ...deviceFieldsIn(page), decision: 'allow' })
    expect(late.status).toBe(409)
    expect((await anUserCodeEntry(browser, device.userCode).enter()).status).toBe(400)
  })

  it('rejects clients that may not use it, scopes that they do not have, and other codes', async () => {
    const { app, client, device } = await open()
    const codes = async (of: TestClient, parameters = {}) => {
      const { status, body } = await actAs(app, of).call('/oauth/device_authorization', parameters)
      return `${status} ${Object(JSON.parse(body)).error}`
    }
    const other = await aClient(app, { kind: 'confidential' })
    expect(await codes(other)).toBe('400 unauthorized_client')
    expect(await codes({ ...other, secret: '' })).toBe('401 invalid_client')
    expect(await codes({ ...client, id: 'unknown' })).toBe('401 invalid_client')
    expect(await codes(client, { scope: 'account:read' })).toBe('400 invalid_scope')
    expect(await codes(client, { scope: 'links:read nothing' })).toBe('400 invalid_scope')
    const token = async (of: TestClient, device_code: string) => {
      const { call } = actAs(app, of)
      const answer = await call('/oauth/token', { grant_type: grantType, device_code })
      return Object(answer.json()).error
    }
    expect(await token(await aClient(app, tool), device.deviceCode)).toBe('invalid_grant')
    expect(await token(client, device.userCode)).toBe('invalid_grant')
    expect(await token(other, device.deviceCode)).toBe('unauthorized_client')
    expect((await app.send('/oauth/device_authorization')).status).toBe(405)
  })
})

async function resetPassword(app: TestApp, email: string): Promise<void> {
  await requestPasswordReset(app, email)
  const browser = await openedLink(app, await linkFor(app, email, 'reset-password'))
  await browser.submit('/reset', { password: 'lantern gravel oboe sixty' })
}
