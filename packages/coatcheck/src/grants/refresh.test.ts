import { expect, it } from 'vitest'
import { createMemoryGrantStore } from '../stores/memory/grant-store.ts'
import { anInstant } from '../testing/builders.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createGrants } from './create-grants.ts'

it('refresh returns new tokens, and the identical ones for a repeated request', async () => {
  const clock = createFakeClock()
  const grants = createGrants(createMemoryGrantStore(), { clock })
  const issued = await grants.issue({
    userId: 'ada',
    clientId: 'cli',
    scopes: ['a', 'b'],
    authenticatedAt: anInstant,
    authorizedAt: anInstant,
  })
  if (issued.status !== 'issued') throw new Error('refused')
  expect(await grants.verify(issued.accessToken)).toMatchObject({
    status: 'active',
    scopes: ['a', 'b'],
  })
  const request = { refreshToken: issued.refreshToken, clientId: 'cli' }
  const outcomes = await Promise.all([grants.refresh(request), grants.refresh(request)])
  expect(outcomes[0]).toMatchObject({ status: 'refreshed' })
  expect(outcomes[1]).toEqual(outcomes[0])
  expect(await grants.verify(issued.accessToken)).toMatchObject({ status: 'active' })
})
