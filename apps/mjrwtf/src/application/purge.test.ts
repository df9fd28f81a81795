import { expect, it } from 'vitest'
import { testChain } from '../../test/support/test-chain.ts'
import { createPurge } from './purge.ts'
import { createBatchRunner } from './shared/batch-runner.ts'

/** Repositories that record the call and fail. */
function open() {
  const purged: string[] = []
  const failing = (name: string) => ({
    async purgeBatch(): Promise<never> {
      purged.push(name)
      throw new Error(name)
    },
  })
  const purge = createPurge({
    emailChanges: failing('email changes'),
    attempts: failing('attempts'),
    deviceAuthorizations: failing('device authorizations'),
    authorizationCodes: failing('authorization codes'),
    drafts: failing('drafts'),
    emailTokens: failing('email tokens'),
    invites: failing('invites'),
    imports: failing('imports'),
    smsCodes: failing('SMS codes'),
    notifications: failing('notifications'),
    passkeys: failing('used challenges'),
    personalTokens: failing('personal tokens'),
    linkReports: failing('link reports'),
    rateLimiter: failing('rate limits'),
    securityEvents: failing('security events'),
    providerLogouts: failing('provider logouts'),
    providerSessions: failing('provider sessions'),
    sharedTokens: failing('uses of shared tokens'),
    states: failing('used states'),
    trustedBrowsers: failing('trusted browsers'),
    visitors: failing('visitors'),
    unknownCodes: failing('unknown codes'),
    shortDomains: { releaseLinksBatch: failing('links of removed domains').purgeBatch },
    securityLog: { recordEndedCounts: () => purged.push('ended counts') },
    chainContext: () => testChain(),
    batchRunner: createBatchRunner({ pace: (step) => step() }),
    clock: { now: () => 0 },
  })
  return { purged, purge }
}

it('purge: records ended counts, tries every repository even if others fail, and rejects', async () => {
  const { purged, purge } = open()
  await expect(purge()).rejects.toThrow()
  expect(purged.toSorted()).toEqual([
    'SMS codes',
    'attempts',
    'authorization codes',
    'device authorizations',
    'drafts',
    'email changes',
    'email tokens',
    'ended counts',
    'imports',
    'invites',
    'link reports',
    'links of removed domains',
    'notifications',
    'personal tokens',
    'provider logouts',
    'provider sessions',
    'rate limits',
    'security events',
    'trusted browsers',
    'unknown codes',
    'used challenges',
    'used states',
    'uses of shared tokens',
    'visitors',
  ])
})

it('purge: joins the one in progress, and runs again afterwards', async () => {
  const { purged, purge } = open()
  const [first, second] = [purge(), purge()]
  await expect(first).rejects.toThrow()
  await expect(second).rejects.toThrow()
  const once = new Set(purged).size
  expect(purged).toHaveLength(once)
  await expect(purge()).rejects.toThrow()
  expect(purged).toHaveLength(2 * once)
})
