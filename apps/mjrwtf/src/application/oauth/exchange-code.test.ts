import { describe, expect, it } from 'vitest'
import type { ClientApplication } from '../../domain/client-application.ts'
import type { UseCodeResult } from '../ports/authorization-code-repository.ts'
import type { IssueGrantResult } from '../ports/grants.ts'
import { createExchangeCode } from './exchange-code.ts'

const client: ClientApplication = {
  id: 'client',
  name: 'Menu printer',
  kind: 'public',
  secretHash: null,
  redirectUris: ['https://app.example/'],
  scopes: ['links:read'],
  website: null,
  allowsDeviceFlow: false,
  createdBy: 'administrator',
  createdAt: 0,
}

const code = {
  clientId: 'client',
  userId: 'user',
  sessionId: 'session',
  ipAddress: null,
  userAgent: null,
  redirectUri: 'https://app.example/',
  codeChallenge: 'challenge',
  scopes: ['links:read'] as const,
  authenticatedAt: 1,
  createdAt: 2,
}

const tokens = {
  grantId: 'grant',
  userId: 'user',
  accessToken: 'access',
  accessTokenExpiresAt: 900_000,
  scopes: ['links:read'] as const,
  refreshToken: 'refresh',
  createdAt: 3,
}

interface Situation {
  readonly use?: UseCodeResult
  /** Before and after the grant is issued. */
  readonly isConsentValid?: readonly [boolean, boolean]
  readonly issue?: IssueGrantResult
  readonly isRecorded?: boolean
  /** The client after the grant was issued. */
  readonly clientThen?: ClientApplication | null
}

/** Exchanges a code, and returns the result with the calls that changed something. */
async function exchange(situation: Situation) {
  const validity = [...(situation.isConsentValid ?? [true, true])]
  const calls: string[] = []
  const exchangeCode = createExchangeCode({
    authorizationCodes: {
      use: async () => situation.use ?? { status: 'used', code },
      recordGrant: async () => situation.isRecorded ?? true,
    },
    clients: {
      find: async () => (situation.clientThen === undefined ? client : situation.clientThen),
    },
    grants: {
      async issue({ authorizedAt }) {
        calls.push(`issue for ${authorizedAt}`)
        return situation.issue ?? { status: 'issued', tokens }
      },
      async end(userId, grantId, reason) {
        calls.push(`end ${grantId} of ${userId}: ${reason}`)
      },
    },
    isConsentValid: async () => validity.shift() ?? false,
    reportConnectedApp: async ({ userId }) => void calls.push(`report to ${userId}`),
    secrets: { hash: (text) => text },
    clock: { now: () => 3 },
  })
  const parameters = new Map([
    ['code', 'code'],
    ['redirect_uri', 'https://app.example/'],
    ['code_verifier', 'v'.repeat(43)],
  ])
  const result = await exchangeCode({ client, parameters })
  return { status: result.status === 'refused' ? result.error : result.status, calls }
}

describe('exchange of an authorization code', () => {
  it('issues a grant for the time of the consent, and reports it', async () => {
    const calls = ['issue for 2', 'report to user']
    expect(await exchange({})).toEqual({ status: 'issued', calls })
  })

  it('ends the new grant if the code was used again meanwhile, and reports nothing', async () => {
    const calls = ['issue for 2', 'end grant of user: code-reused']
    expect(await exchange({ isRecorded: false })).toEqual({ status: 'invalid_grant', calls })
  })

  it('ends the grant of the first use, and issues none', async () => {
    const use = { status: 'used-again', userId: 'user', grantId: 'grant' } as const
    const calls = ['end grant of user: code-reused']
    expect(await exchange({ use })).toEqual({ status: 'invalid_grant', calls })
  })

  it('issues nothing while the first use is in progress', async () => {
    const use = { status: 'used-again', userId: 'user', grantId: null } as const
    expect(await exchange({ use })).toEqual({ status: 'invalid_grant', calls: [] })
  })

  it('issues nothing after the session of the consent has ended', async () => {
    const refused = { status: 'invalid_grant', calls: [] }
    expect(await exchange({ isConsentValid: [false, false] })).toEqual(refused)
  })

  it('ends the new grant if the consent became void meanwhile, and reports nothing', async () => {
    const calls = ['issue for 2', 'end grant of user: consent-void']
    const refused = { status: 'invalid_grant', calls }
    expect(await exchange({ isConsentValid: [true, false] })).toEqual(refused)
  })

  it('issues nothing for a scope that the client lost after the consent', async () => {
    const wider = { ...code, scopes: ['links:read', 'links:write'] as const }
    const refused = { status: 'invalid_grant', calls: [] }
    expect(await exchange({ use: { status: 'used', code: wider } })).toEqual(refused)
  })

  it.each([
    ['was removed', null],
    ['lost a scope', { ...client, scopes: ['stats:read'] as const }],
  ])('ends the new grant if the client %s meanwhile', async (_what, clientThen) => {
    const calls = ['issue for 2', 'end grant of user: ended-by-operator']
    expect(await exchange({ clientThen })).toEqual({ status: 'invalid_grant', calls })
  })

  it('reports nothing if all grants of the user ended after the consent', async () => {
    const calls = ['issue for 2']
    const issue = { status: 'refused' } as const
    expect(await exchange({ issue })).toEqual({ status: 'invalid_grant', calls })
  })
})
