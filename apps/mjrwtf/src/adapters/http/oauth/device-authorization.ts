import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type {
  DeviceAuthorizations,
  StartDeviceResult,
} from '../../../application/oauth/device-authorizations.ts'
import { formatUserCode } from '../../../domain/device-authorization.ts'
import { second } from '../../../domain/time.ts'
import type { AppEnv, PageContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { oauthError, retryAfterHeader } from '../responses/problem.tsx'
import { type ClientRequestContext, readClientRequest } from './client-request.ts'
import { devicePath } from './device-pages.tsx'

export interface DeviceAuthorizationContext
  extends ClientRequestContext,
    Pick<PageContext, 'options'> {
  readonly deviceAuthorizations: Pick<DeviceAuthorizations, 'start'>
}

/**
 * The endpoint at which a device requests its codes (RFC 8628, section 3.1). There is no `verification_uri_complete`: with
 * it, a message from an attacker would need only one click (decision 049).
 */
export function addDeviceAuthorizationRoutes(
  app: Hono<AppEnv>,
  context: DeviceAuthorizationContext,
): void {
  app.post('/oauth/device_authorization', async (c) => {
    const request = await readClientRequest(context, c)
    if (isResponse(request)) return request
    const { client, parameters } = request
    const scope = parameters.get('scope') ?? null
    const started = await context.deviceAuthorizations.start({
      ...{ client, scope },
      ...c.var.exchange.client,
    })
    return respond(context, c, started)
  })
}

function respond(
  context: DeviceAuthorizationContext,
  c: RequestContext,
  started: StartDeviceResult,
): Response {
  if (started.status === 'refused') return oauthError(c, refusals[started.error])
  if (started.status === 'throttled') {
    const event = { event: 'limit-reached', limit: 'device-authorizations', userId: null } as const
    logSecurityEvent(context, c, event)
    const headers = [retryAfterHeader(started.retryAfterSeconds)] as const
    return oauthError(c, { ...tooMany, headers })
  }
  return c.json({
    device_code: started.deviceCode,
    user_code: formatUserCode(started.userCode),
    verification_uri: `${context.options.baseUrl}${devicePath}`,
    expires_in: started.lifetime / second,
    interval: started.interval / second,
  })
}

const refusals = {
  unauthorized_client: {
    status: 400,
    code: 'unauthorized_client',
    message: 'This client may not use the device flow.',
  },
  invalid_scope: {
    status: 400,
    code: 'invalid_scope',
    message: 'Request scopes that the client is registered for.',
  },
  server_error: { status: 503, code: 'temporarily_unavailable', message: 'Try again.' },
} as const

const tooMany = {
  status: 429,
  code: 'temporarily_unavailable',
  message: 'Too many devices on your network have requested authorization.',
} as const
