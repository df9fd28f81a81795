import { describe, expect, it } from 'vitest'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { ClientApplication } from '../../domain/client-application.ts'
import type { Scope } from '../../domain/scope.ts'
import { createDeviceAuthorizations } from './device-authorizations.ts'

const client: ClientApplication = {
  id: 'client',
  name: 'Menu tool',
  kind: 'public',
  secretHash: null,
  redirectUris: [],
  scopes: ['links:read', 'links:write', 'admin'],
  website: null,
  allowsDeviceFlow: true,
  createdBy: 'administrator',
  createdAt: 0,
}

const authorization = {
  ...{ id: 'request', clientId: 'client', scopes: client.scopes },
  ...{ ipAddress: null, userAgent: null, createdAt: 0, expiresAt: 1_000 },
}

/** A device whose request waits for a decision. `clientNow`: as an administrator has changed it since. */
function aDevice(clientNow: ClientApplication | null = client) {
  const granted: (readonly Scope[])[] = []
  const unlimited = async () => null
  const device = createDeviceAuthorizations({
    deviceAuthorizations: {
      add: async () => true,
      find: async (id) => (id === authorization.id ? authorization : null),
      findByUserCode: async () => authorization,
      async decide({ scopes }) {
        granted.push(scopes)
        return true
      },
      poll: async () => ({ status: 'unknown' }),
      purgeBatch: async () => false,
    },
    clients: { find: async () => clientNow },
    limits: {
      deviceAuthorization: unlimited,
      userCode: unlimited,
      anyUserCode: unlimited,
      userCodeOfNetwork: unlimited,
    },
    secrets: { id: () => '', code: () => '', userCode: () => '', hash: (text) => text },
    codeHasher: { hash: (text) => text, hashes: (text) => [text] },
    signer: {
      sign: (_purpose, text) => `${text}.signature of ${text}`,
      verify(_purpose, signed) {
        const [text = '', signature] = signed.split('.')
        return signature === `signature of ${text}` ? text : null
      },
    },
    clock: { now: () => 1 },
  })
  const enter = (sessionId: string) =>
    device.findByUserCode({ userId: 'user', sessionId, text: 'BCDF-GHJK', ipAddress: null })

  async function approve(scopes: readonly Scope[], isOperator = false) {
    const entered = await enter('session')
    const handle = entered.status === 'found' ? entered.handle : ''
    const decision = { handle, sessionId: 'session', isApproved: true, authenticatedAt: 0 }
    await device.decide({ ...decision, scopes, user: aNewUser(0, isOperator) })
    return granted
  }
  return { device, enter, approve }
}

describe('decision about a device', () => {
  it('grants what was requested, the page named and the user may do, and nothing else', async () => {
    expect(await aDevice().approve(['links:read'])).toEqual([['links:read']])
    const everything = ['links:read', 'stats:read', 'admin'] as const
    expect(await aDevice().approve(everything)).toEqual([['links:read']])
    expect(await aDevice().approve(everything, true)).toEqual([['links:read', 'admin']])
    expect(await aDevice().approve(['admin'])).toEqual([])
  })

  it.each([
    ['was removed', null],
    ['lost a scope', { ...client, scopes: ['links:read'] as const }],
    ['may no longer use devices', { ...client, allowsDeviceFlow: false }],
  ])('is not possible once the client %s', async (_what, clientNow) => {
    const { enter, approve } = aDevice(clientNow)
    expect(await enter('session')).toEqual({ status: 'unknown' })
    expect(await approve(['links:read'])).toEqual([])
  })

  it('is possible only in the session in which the code was entered', async () => {
    const { device, enter } = aDevice()
    const entered = await enter('session')
    const handle = entered.status === 'found' ? entered.handle : ''
    expect(await device.find({ handle, sessionId: 'session' })).not.toBeNull()
    expect(await device.find({ handle, sessionId: 'another' })).toBeNull()
    expect(await device.find({ handle: authorization.id, sessionId: 'session' })).toBeNull()
  })
})
