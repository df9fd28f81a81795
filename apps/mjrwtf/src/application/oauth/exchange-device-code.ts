import type { Clock } from 'coatcheck'
import type { ClientApplication } from '../../domain/client-application.ts'
import type { ApprovedDevice } from '../../domain/device-authorization.ts'
import type { DeviceAuthorizationRepository } from '../ports/device-authorization-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import { createIssueGrant, type IssueGrantDependencies } from './issue-grant.ts'
import type { ReportConnectedApp } from './report-connected-app.ts'
import { type RequestTokens, refuse, type TokenResult } from './token-requests.ts'

export const deviceCodeGrantType = 'urn:ietf:params:oauth:grant-type:device_code'

export interface ExchangeDeviceCodeDependencies extends IssueGrantDependencies {
  readonly deviceAuthorizations: Pick<DeviceAuthorizationRepository, 'poll'>
  readonly users: Pick<UserRepository, 'find'>
  readonly reportConnectedApp: ReportConnectedApp
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

/**
 * The grant type of devices (RFC 8628, section 3.4). One statement decides each poll, so that of parallel polls with an
 * approved code one receives tokens. A change of the password after the approval makes it void, and so does the end of all
 * grants of the user.
 */
export function createExchangeDeviceCode(
  dependencies: ExchangeDeviceCodeDependencies,
): RequestTokens {
  const { deviceAuthorizations, users, reportConnectedApp, secrets, clock } = dependencies
  const issueGrant = createIssueGrant(dependencies)

  async function isConsentValid({ userId, passwordVersion }: ApprovedDevice): Promise<boolean> {
    const user = await users.find(userId)
    return user !== null && user.passwordVersion === passwordVersion
  }

  async function issue(client: ClientApplication, device: ApprovedDevice): Promise<TokenResult> {
    const { userId, scopes, authenticatedAt, authorizedAt } = device
    const isValid = () => isConsentValid(device)
    const consent = { userId, scopes, authenticatedAt, authorizedAt, isValid }
    const issued = await issueGrant(client, consent)
    if (issued.status === 'refused') return refusals.denied
    await reportConnectedApp({ userId, client, scopes, from: device })
    return { status: 'issued', tokens: issued.tokens }
  }

  return async function exchangeDeviceCode({ client, parameters }): Promise<TokenResult> {
    const deviceCode = parameters.get('device_code')
    if (deviceCode === undefined) return refuse('invalid_request', 'Send device_code.')
    if (!client.allowsDeviceFlow) return notAllowed
    const deviceCodeHash = secrets.hash(deviceCode)
    const poll = { deviceCodeHash, clientId: client.id, at: clock.now() }
    const outcome = await deviceAuthorizations.poll(poll)
    if (outcome.status === 'pending') return outcome.isEarly ? slowDown : pending
    return outcome.status === 'approved' ? issue(client, outcome.device) : refusals[outcome.status]
  }
}

const notAllowed = refuse('unauthorized_client', 'This client may not use the device flow.')

const pending = refuse('authorization_pending', 'The user has not decided yet. Try again later.')

const slowDown = refuse('slow_down', 'Wait 5 seconds longer between two requests from now on.')

const refusals = {
  denied: refuse('access_denied', 'The user has not allowed the request.'),
  expired: refuse('expired_token', 'The device code has expired. Request a new one.'),
  unknown: refuse(
    'invalid_grant',
    'The device code is invalid, was used before, or was issued to another client.',
  ),
} as const
