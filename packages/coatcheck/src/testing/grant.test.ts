import { describe, expect, it } from 'vitest'
import { createGrants } from '../grants.ts'
import { createMemoryGrantStore } from '../memory.ts'
import { createFakeClock, grantForTest } from '../testing.ts'

describe('grantForTest', () => {
  it('issues a grant whose headers authenticate', async () => {
    const clock = createFakeClock()
    const grants = createGrants(createMemoryGrantStore(), { clock })

    const { headers, accessToken, grant } = await grantForTest(grants, {
      userId: 'ada',
      scopes: ['links:read'],
      clock,
    })

    expect(headers).toEqual({ authorization: `Bearer ${accessToken}` })
    expect(grant).toMatchObject({ clientId: 'test-client', authenticatedAt: clock.now() })
    expect(await grants.verify(accessToken)).toMatchObject({ scopes: ['links:read'] })
  })

  it('throws if the grant is refused', async () => {
    const clock = createFakeClock()
    const grants = createGrants(createMemoryGrantStore(), { clock })
    await grants.revokeAllForUser('ada', { reason: 'password-changed' })

    const issuing = grantForTest(grants, { userId: 'ada', clock })
    await expect(issuing).rejects.toThrow('authorization-outdated')
  })
})
