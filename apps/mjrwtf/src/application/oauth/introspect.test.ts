import { expect, it } from 'vitest'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { ClientApplication } from '../../domain/client-application.ts'
import type { ActiveToken } from '../ports/grants.ts'
import { createIntrospect } from './introspect.ts'

const client: ClientApplication = {
  ...{ id: 'client', name: 'Menu printer', secretHash: '', website: null, redirectUris: [] },
  kind: 'confidential',
  ...{ scopes: [], allowsDeviceFlow: false, createdBy: '', createdAt: 0 },
}

const token: ActiveToken = {
  kind: 'access',
  ...{ grantId: 'grant', userId: 'user', clientId: 'client' },
  scopes: ['links:read'],
  ...{ createdAt: 0, expiresAt: 1_000 },
}

it('describes no token whose grant may no longer act for a user, although it is still cached', async () => {
  const introspectWith = (user: ReturnType<typeof aNewUser> | null) =>
    createIntrospect({
      grants: { inspect: async () => token },
      findGrantUser: async () => user,
    })(client, 'token')
  expect(await introspectWith(aNewUser(0))).toMatchObject({ active: true, scope: 'links:read' })
  expect(await introspectWith(null)).toEqual({ active: false })
})
