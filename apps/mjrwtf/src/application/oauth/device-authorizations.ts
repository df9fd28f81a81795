import type { Clock } from 'coatcheck'
import type { ClientApplication } from '../../domain/client-application.ts'
import {
  type DeviceAuthorization,
  deviceAuthorizationPolicy,
  parseUserCode,
  type UserCode,
} from '../../domain/device-authorization.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import type { Throttled } from '../../domain/results.ts'
import { effectiveScopes, parseScopes, type Scope } from '../../domain/scope.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { ClientRepository } from '../ports/client-repository.ts'
import type { DeviceAuthorizationRepository } from '../ports/device-authorization-repository.ts'
import type { CodeHasher, Secrets, Signer } from '../ports/secrets.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'
import { mayHave } from './token-requests.ts'

export interface DeviceRequest extends ClientInfo {
  readonly client: ClientApplication
  /** Scopes separated by spaces. `null`: all that the client is registered for. */
  readonly scope: string | null
}

export type StartDeviceResult =
  | {
      readonly status: 'started'
      /** Secret of the device: 256 random bits. */
      readonly deviceCode: string
      /** The user enters it on the page. */
      readonly userCode: UserCode
      readonly lifetime: Milliseconds
      readonly interval: Milliseconds
    }
  | {
      readonly status: 'refused'
      readonly error: 'unauthorized_client' | 'invalid_scope' | 'server_error'
    }
  | Throttled

/** An authorization that waits for a decision, and the client application that requested it. */
export interface PendingDevice {
  readonly authorization: DeviceAuthorization
  readonly client: ClientApplication
}

export interface UserCodeEntry {
  readonly userId: UserId
  readonly sessionId: string
  /** As typed. */
  readonly text: string
  readonly ipAddress: string | null
}

export type FindUserCodeResult =
  /** `handle` names the request in forms and URLs of this session. */
  | { readonly status: 'found'; readonly handle: string }
  /** Not the format of a code. It was not evaluated and does not count. */
  | { readonly status: 'malformed' }
  /** No device waits for a decision with this code. */
  | { readonly status: 'unknown' }
  /** Too many codes of all users: the device is on another network, or the code is unknown. */
  | { readonly status: 'other-network' }
  | Throttled

/** A request whose code was entered in a session. */
export interface EnteredDevice {
  readonly handle: string
  readonly sessionId: string
}

export interface DecideDevice extends EnteredDevice {
  readonly user: User
  /** The scopes that the page named. */
  readonly scopes: readonly Scope[]
  /** When the user authenticated in this session. */
  readonly authenticatedAt: Instant
  readonly isApproved: boolean
}

/**
 * Authorization of devices without a browser (RFC 8628). Each function rejects with `RepositoryError` if the database
 * fails.
 */
export interface DeviceAuthorizations {
  /** Creates the two codes of a request. The client is authenticated. */
  start(request: DeviceRequest): Promise<StartDeviceResult>
  /**
   * Finds the request of a user code. Each user may enter a few codes; all users together as many that the limit bounds
   * guessing with any number of accounts and networks (decision 049).
   */
  findByUserCode(entry: UserCodeEntry): Promise<FindUserCodeResult>
  /** The request whose code was entered in the session, or `null` if it was decided or has expired. */
  find(entered: EnteredDevice): Promise<PendingDevice | null>
  /**
   * Decides the request. Grants what was requested, the page named, and the user may do now. Returns the request, or `null`
   * if it was decided before, has expired, or nothing would be granted: then nothing has changed.
   */
  decide(decision: DecideDevice): Promise<PendingDevice | null>
}

export interface DeviceAuthorizationsDependencies {
  readonly deviceAuthorizations: DeviceAuthorizationRepository
  readonly clients: Pick<ClientRepository, 'find'>
  readonly limits: Pick<
    Limits,
    'deviceAuthorization' | 'userCode' | 'anyUserCode' | 'userCodeOfNetwork'
  >
  readonly secrets: Pick<Secrets, 'id' | 'code' | 'userCode' | 'hash'>
  readonly codeHasher: CodeHasher
  readonly signer: Signer
  readonly clock: Clock
}

/** A user code that is in use is replaced by another one, as often. */
const maxAttempts = 3

export function createDeviceAuthorizations(
  dependencies: DeviceAuthorizationsDependencies,
): DeviceAuthorizations {
  const { deviceAuthorizations, clients, limits, secrets, codeHasher, clock } = dependencies
  const handles = createHandles(dependencies.signer)

  async function withClient(
    authorization: DeviceAuthorization | null,
  ): Promise<PendingDevice | null> {
    const client = authorization === null ? null : await clients.find(authorization.clientId)
    if (authorization === null || client === null) return null
    // The administrator may have changed the client after the request.
    const isAllowed = client.allowsDeviceFlow && mayHave(client, authorization.scopes)
    return isAllowed ? { authorization, client } : null
  }

  async function find(entered: EnteredDevice): Promise<PendingDevice | null> {
    const id = handles.read(entered)
    return id === null ? null : withClient(await deviceAuthorizations.find(id, clock.now()))
  }

  /** Stores a new request and returns its codes, or `null` if the client was removed. */
  async function add(request: Omit<DeviceAuthorization, 'id' | 'createdAt' | 'expiresAt'>) {
    const { lifetime, interval } = deviceAuthorizationPolicy
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const [deviceCode, userCode, createdAt] = [secrets.code(), secrets.userCode(), clock.now()]
      const isAdded = await deviceAuthorizations.add({
        ...{ ...request, id: secrets.id(), createdAt, expiresAt: createdAt + lifetime },
        deviceCodeHash: secrets.hash(deviceCode),
        userCodeHash: codeHasher.hash(hashedText(userCode)),
      })
      if (isAdded) return { status: 'started', deviceCode, userCode, lifetime, interval } as const
    }
    return null
  }

  return {
    async start({ client, scope, ipAddress, userAgent }) {
      if (!client.allowsDeviceFlow) return { status: 'refused', error: 'unauthorized_client' }
      const scopes = scope === null ? client.scopes : parseScopes(scope)
      if (scopes === null || scopes.length === 0 || !mayHave(client, scopes)) {
        return { status: 'refused', error: 'invalid_scope' }
      }
      const throttled = await limits.deviceAuthorization(ipAddress)
      if (throttled !== null) return throttled
      const shownAgent = userAgent?.slice(0, maxAgentLength) ?? null
      const started = await add({ clientId: client.id, scopes, ipAddress, userAgent: shownAgent })
      return started ?? { status: 'refused', error: 'server_error' }
    },
    async findByUserCode({ userId, sessionId, text, ipAddress }) {
      const code = parseUserCode(text)
      if (code === null) return { status: 'malformed' }
      const throttled = await limits.userCode(userId)
      if (throttled !== null) return throttled
      const isFlooded = (await limits.anyUserCode()) !== null
      const ofNetwork = isFlooded ? await limits.userCodeOfNetwork(ipAddress) : null
      if (ofNetwork !== null) return ofNetwork

      const hashes = codeHasher.hashes(hashedText(code))
      const found = await deviceAuthorizations.findByUserCode(hashes, clock.now())
      const isHidden = isFlooded && found !== null && !isSameNetwork(found.ipAddress, ipAddress)
      const pending = isHidden ? null : await withClient(found)
      if (pending !== null) {
        return { status: 'found', handle: handles.create(pending.authorization.id, sessionId) }
      }
      return { status: isFlooded ? 'other-network' : 'unknown' }
    },
    find,
    async decide({ user, scopes: named, authenticatedAt, isApproved, ...entered }) {
      const pending = await find(entered)
      if (pending === null) return null
      const { id, scopes: requested } = pending.authorization
      // Without what the user may not do, even if they become an administrator later.
      const scopes = effectiveScopes(requested, user).filter((scope) => named.includes(scope))
      if (isApproved && scopes.length === 0) return null
      const isDecided = await deviceAuthorizations.decide({
        ...{ id, isApproved, userId: user.id, passwordVersion: user.passwordVersion },
        ...{ scopes, authenticatedAt, at: clock.now() },
      })
      return isDecided ? pending : null
    },
  }
}

/** A handle is the id of a request, signed for one session: only where its code was entered, it can be decided. */
function createHandles(signer: Signer) {
  const purpose = 'device authorization'
  return {
    create(id: string, sessionId: string): string {
      const signed = signer.sign(purpose, `${sessionId} ${id}`)
      return signed.slice(sessionId.length + 1)
    },
    read({ handle, sessionId }: EnteredDevice): string | null {
      const text = signer.verify(purpose, `${sessionId} ${handle}`)
      return text === null ? null : text.slice(sessionId.length + 1)
    },
  }
}

const maxAgentLength = 512

/** The hash is that of no other kind of code. */
function hashedText(code: UserCode): string {
  return `device ${code}`
}

function isSameNetwork(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && ipGroup(one) === ipGroup(other)
}
