import type { Clock } from 'coatcheck'
import {
  type ClientApplication,
  type ClientDetails,
  type ClientKind,
  isClientId,
  maxClients,
} from '../../domain/client-application.ts'
import type { Invalid } from '../../domain/results.ts'
import type { UserId } from '../../domain/user.ts'
import type { ClientRepository } from '../ports/client-repository.ts'
import type { UserGrants } from '../ports/grants.ts'
import type { Secrets } from '../ports/secrets.ts'
import {
  type ClientDetailsInput,
  type ClientField,
  validateClientDetails,
} from './client-details.ts'

export interface ClientsDependencies {
  readonly clients: ClientRepository
  readonly grants: Pick<UserGrants, 'endAllOfClient'>
  readonly secrets: Pick<Secrets, 'id' | 'code' | 'hash'>
  readonly clock: Clock
}

export interface RegisterClient extends ClientDetailsInput {
  readonly kind: string
}

export type RegisterClientResult =
  /** `secret`: of a confidential client, `null` for a public one. Only its hash is stored: show it now. */
  | {
      readonly status: 'registered'
      readonly client: ClientApplication
      readonly secret: string | null
    }
  | { readonly status: 'too-many' }
  | Invalid<ClientField>

export type ChangeClientResult =
  | {
      readonly status: 'changed'
      readonly client: ClientApplication
      readonly endedGrants: boolean
    }
  | { readonly status: 'not-found' }
  | Invalid<ClientField>

/** The client applications of the installation. The caller must check that the requester is an administrator. */
export interface Clients {
  /** Oldest first. */
  list(): Promise<readonly ClientApplication[]>
  find(id: string): Promise<ClientApplication | null>
  register(operatorId: UserId, request: RegisterClient): Promise<RegisterClientResult>
  /** Ends all its grants if it loses a scope: no token has more than the client is registered for. */
  change(operatorId: UserId, id: string, request: ClientDetailsInput): Promise<ChangeClientResult>
  /** Returns the new secret of a confidential client, which replaces the old one immediately, or `null`. */
  replaceSecret(id: string): Promise<string | null>
  /** Removes it and ends all its grants. Returns its name, or `null` if it does not exist. */
  remove(operatorId: UserId, id: string): Promise<string | null>
}

export function createClients(dependencies: ClientsDependencies): Clients {
  const { clients, grants, secrets } = dependencies

  async function find(id: string): Promise<ClientApplication | null> {
    return isClientId(id) ? clients.find(id) : null
  }

  return {
    list: () => clients.list(),
    find,
    register: (operatorId, request) => registerClient(dependencies, operatorId, request),
    async change(operatorId, id, request) {
      const before = await find(id)
      if (before === null) return { status: 'not-found' }
      const validated = validateClientDetails(request)
      if (validated.status === 'invalid') return validated
      const { details } = validated
      if (!(await clients.change(id, details))) return { status: 'not-found' }
      const endedGrants = hasLostScope(before, details)
      if (endedGrants) await grants.endAllOfClient(id, operatorId)
      return { status: 'changed', client: { ...before, ...details }, endedGrants }
    },
    async replaceSecret(id) {
      const secret = newSecret(secrets)
      if (!isClientId(id)) return null
      return (await clients.replaceSecret(id, secrets.hash(secret))) ? secret : null
    },
    async remove(operatorId, id) {
      if (!isClientId(id)) return null
      const name = await clients.remove(id)
      // Also if it was removed before, in case the process stopped in between.
      await grants.endAllOfClient(id, operatorId)
      return name
    },
  }
}

async function registerClient(
  { clients, secrets, clock }: ClientsDependencies,
  operatorId: UserId,
  request: RegisterClient,
): Promise<RegisterClientResult> {
  const validated = validateClientDetails(request)
  const kind = kinds.get(request.kind)
  if (validated.status === 'invalid') return validated
  if (kind === undefined) {
    return { status: 'invalid', fields: [{ field: 'kind', message: 'Choose a type.' }] }
  }
  const secret = kind === 'confidential' ? newSecret(secrets) : null
  const client: ClientApplication = {
    ...validated.details,
    id: secrets.id(),
    kind,
    secretHash: secret === null ? null : secrets.hash(secret),
    createdBy: operatorId,
    createdAt: clock.now(),
  }
  const status = await clients.add(client, maxClients)
  return status === 'added' ? { status: 'registered', client, secret } : { status }
}

const kinds: ReadonlyMap<string, ClientKind> = new Map([
  ['public', 'public'],
  ['confidential', 'confidential'],
])

/** The prefix lets scanners find a secret that was published by mistake. */
function newSecret(secrets: Pick<Secrets, 'code'>): string {
  return `mjr_cs_${secrets.code()}`
}

function hasLostScope(before: ClientDetails, after: ClientDetails): boolean {
  return before.scopes.some((scope) => !after.scopes.includes(scope))
}
