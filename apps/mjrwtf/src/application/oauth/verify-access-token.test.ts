import { expect, it } from 'vitest'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { AccessTokenVerification } from '../ports/grants.ts'
import { createFindGrantUser } from './find-grant-user.ts'
import { createVerifyAccessToken } from './verify-access-token.ts'

const active: AccessTokenVerification = {
  status: 'active',
  grantId: 'grant',
  clientId: 'client',
  userId: 'user',
  scopes: ['links:read', 'admin'],
  authenticatedAt: 0,
  createdAt: 0,
  expiresAt: 1,
}

it('reads the user of each request: no deleted account and no lost role, also with a cached grant', async () => {
  let user: ReturnType<typeof aNewUser> | null = aNewUser(0, true)
  const grants = { verify: async () => active, end: async () => {} }
  const findGrantUser = createFindGrantUser({ grants, users: { find: async () => user } })
  const verify = createVerifyAccessToken({ grants, findGrantUser })
  expect(await verify('token')).toMatchObject({ status: 'valid', scopes: ['links:read', 'admin'] })
  user = aNewUser(0)
  expect(await verify('token')).toMatchObject({ status: 'valid', scopes: ['links:read'] })
  user = null
  expect(await verify('token')).toEqual({ status: 'ended' })
})
