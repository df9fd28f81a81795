import { expect, it } from 'vitest'
import { createPurge } from './purge.ts'

/** Ports that note that they were asked to purge, and fail. */
function open() {
  const purged: string[] = []
  const failing = (name: string) => ({
    async purge(): Promise<never> {
      purged.push(name)
      throw new Error(name)
    },
  })
  const purge = createPurge({
    emailChanges: failing('addresses'),
    attempts: failing('attempts'),
    drafts: failing('drafts'),
    emailTokens: failing('mailed tokens'),
    notifications: failing('notices'),
    rateLimiter: failing('rates'),
    securityEvents: failing('security events'),
    clock: { now: () => 0 },
  })
  return { purged, purge }
}

it('tries each kind, also when others fail, and tells of a failure', async () => {
  const { purged, purge } = open()
  await expect(purge()).rejects.toThrow()
  expect(purged.toSorted()).toEqual([
    'addresses',
    'attempts',
    'drafts',
    'mailed tokens',
    'notices',
    'rates',
    'security events',
  ])
})
