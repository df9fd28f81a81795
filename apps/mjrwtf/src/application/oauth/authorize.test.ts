import { describe, expect, it } from 'vitest'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { ClientApplication } from '../../domain/client-application.ts'
import type { Throttled } from '../../domain/results.ts'
import type { Scope } from '../../domain/scope.ts'
import { createAuthorize } from './authorize.ts'

interface Situation {
  readonly requested?: readonly Scope[]
  readonly named?: readonly Scope[]
  readonly throttled?: Throttled
}

/** Consents, and returns the result with the number of stored codes. */
async function consent({ requested = ['links:read'], named = requested, throttled }: Situation) {
  const codes: unknown[] = []
  const authorize = createAuthorize({
    authorizationCodes: { add: async (code) => codes.push(code) > 0 },
    limits: { authorization: async () => throttled ?? null },
    secrets: { code: () => 'code', hash: (text) => text },
    clock: { now: () => 1 },
  })
  const client: ClientApplication = {
    ...{ id: 'client', name: 'Menu printer', secretHash: null, website: null },
    kind: 'public',
    ...{
      redirectUris: [],
      scopes: requested,
      allowsDeviceFlow: false,
      createdBy: '',
      createdAt: 0,
    },
  }
  const request = {
    ...{ client, scopes: requested, redirectUri: 'https://app.example/', state: null },
    ...{ codeChallenge: 'challenge', authenticatedSince: null, isFirstVisit: false },
  }
  const session = { id: 'session', authenticatedAt: 0 }
  const from = { ipAddress: null, userAgent: null }
  const result = await authorize({ request, user: aNewUser(0), session, from, scopes: named })
  return [result.status, codes.length]
}

describe('consent to an authorization request', () => {
  it('stores a code for the scopes that the page named', async () => {
    expect(await consent({})).toEqual(['authorized', 1])
    expect(await consent({ requested: ['links:read', 'admin'], named: ['links:read'] })).toEqual([
      ...['authorized', 1],
    ])
  })

  it.each<readonly [string, Situation]>([
    ['more', { named: ['links:read', 'links:write'] }],
    ['less', { requested: ['links:read', 'links:write'], named: ['links:read'] }],
    ['something else', { named: ['stats:read'] }],
    ['nothing', { requested: ['admin'], named: [] }],
    ['administrator functions', { requested: ['admin'], named: ['admin'] }],
  ])('stores no code if the page named %s', async (_what, situation) => {
    expect(await consent(situation)).toEqual(['changed', 0])
  })

  it('stores no code beyond the limit of the user', async () => {
    const throttled = { status: 'throttled', retryAfterSeconds: 60 } as const
    expect(await consent({ throttled })).toEqual(['throttled', 0])
  })
})
