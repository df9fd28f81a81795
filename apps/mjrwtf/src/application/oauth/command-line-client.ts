import type { Clock } from 'coatcheck'
import type { ClientApplication } from '../../domain/client-application.ts'
import { commandLineClientId, maxClients } from '../../domain/client-application.ts'
import type { ClientRepository } from '../ports/client-repository.ts'
import type { UserRepository } from '../ports/user-repository.ts'

export type FindClient = ClientRepository['find']

export interface CommandLineClientDependencies {
  readonly clients: Pick<ClientRepository, 'find' | 'add'>
  readonly users: Pick<UserRepository, 'findOperator'>
  readonly clock: Clock
}

/**
 * Finds a client, and registers our own command line when it is used for the first time: `mjrwtf login` works on every
 * server without a step of the administrator. It is a client like any other afterward. An administrator who does not want
 * it forbids it the device flow; if it is removed, its grants end, and its next use registers it again.
 */
export function createFindClient(dependencies: CommandLineClientDependencies): FindClient {
  const { clients, users, clock } = dependencies

  async function registerCommandLine(): Promise<void> {
    const operator = await users.findOperator()
    if (operator === null) return
    const application: ClientApplication = {
      id: commandLineClientId,
      name: 'mjrwtf on the command line',
      // Everyone can read its id, so a secret would protect nothing.
      kind: 'public',
      secretHash: null,
      website: null,
      redirectUris: [],
      scopes: ['links:read', 'links:write', 'stats:read'],
      allowsDeviceFlow: true,
      createdBy: operator.id,
      createdAt: clock.now(),
    }
    // Beyond the limit for administrators, so that they cannot use it up. Of parallel calls, one adds it.
    await clients.add(application, maxClients + 1)
  }

  return async function findClient(id) {
    const found = await clients.find(id)
    if (found !== null || id !== commandLineClientId) return found
    await registerCommandLine()
    return clients.find(id)
  }
}
