import { expect, it } from 'vitest'
import { createPurge } from './purge.ts'

/** Ports that note that they were asked to purge, and fail. */
function open() {
  const asked: string[] = []
  const failing = (name: string) => ({
    async purge(): Promise<never> {
      asked.push(name)
      throw new Error(name)
    },
  })
  const purge = createPurge({
    addresses: failing('addresses'),
    attempts: failing('attempts'),
    drafts: failing('drafts'),
    mailedTokens: failing('mailed tokens'),
    notices: failing('notices'),
    rateLimiter: failing('rates'),
    securityEvents: failing('security events'),
    clock: { now: () => 0 },
  })
  return { asked, purge }
}

it('tries each kind, also when others fail, and tells of a failure', async () => {
  const { asked, purge } = open()
  await expect(purge()).rejects.toThrow()
  expect(asked.toSorted()).toEqual([
    'addresses',
    'attempts',
    'drafts',
    'mailed tokens',
    'notices',
    'rates',
    'security events',
  ])
})
