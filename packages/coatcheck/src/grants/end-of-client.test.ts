import { expect, it } from 'vitest'
import { createControllableChannel } from '../../test/support/controllable-channel.ts'
import { createMemoryGrantStore } from '../stores/memory/grant-store.ts'
import { anInstant } from '../testing/builders.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createGrants } from './create-grants.ts'

const request = {
  userId: 'ada',
  clientId: 'cli',
  scopes: [],
  authenticatedAt: anInstant,
  authorizedAt: anInstant,
}

it('revokeAllOfClient ends cached grants that another process has ended just before', async () => {
  const store = createMemoryGrantStore()
  const controllable = createControllableChannel(store.revocations)
  const clock = createFakeClock()
  const grants = createGrants(store, { clock, cache: { channel: controllable.channel } })
  const issued = await grants.issue(request)
  if (issued.status !== 'issued') throw new Error('Expected a grant')
  expect((await grants.verify(issued.accessToken)).status).toBe('active')

  controllable.pause()
  await store.endByUser('ada', { reason: 'password-changed', at: anInstant, by: null })
  expect(await grants.revokeAllOfClient('cli', { reason: 'ended-by-operator' })).toBe(0)

  expect((await grants.verify(issued.accessToken)).status).toBe('ended')
  await grants.close()
})
