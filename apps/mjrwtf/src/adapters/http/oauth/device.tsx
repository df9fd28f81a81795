import type { Hono } from 'hono'
import type {
  DeviceAuthorizations,
  FindUserCodeResult,
} from '../../../application/oauth/device-authorizations.ts'
import type { DeviceDetector } from '../../../application/ports/client-detection.ts'
import { type DescribeLocation, deviceText } from '../../../application/shared/describe-client.ts'
import { networkOf } from '../../../domain/ip-address.ts'
import type { Throttled } from '../../../domain/results.ts'
import { effectiveScopes, parseScopes } from '../../../domain/scope.ts'
import { retryText } from '../components/texts.ts'
import {
  addFormPage,
  type FormContext,
  type FormState,
  type RejectedForm,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, type Html } from '../responses/page.ts'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { DecidedPage, DeviceConsentPage, devicePath, UserCodePage } from './device-pages.tsx'

export interface DeviceContext extends FormContext {
  readonly deviceAuthorizations: Omit<DeviceAuthorizations, 'start'>
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
}

const form = defineForm({
  ...{ user_code: formText },
  ...{ request: formText, scope: formText, decision: formText },
})

type Fields = FormState<{ readonly user_code: string; readonly request: string }>

/**
 * The page on which a user enters the code of a device, and decides (RFC 8628, section 3.3). It requires a recent
 * authentication, because a grant outlives the session.
 */
export function addDeviceRoutes(app: Hono<AppEnv>, context: DeviceContext): void {
  addFormPage(recentUserRoutes(app, context), context, {
    path: devicePath,
    form,
    render: (c, state) => render(context, c, state),
    submit(c, { user_code, request, scope, decision }) {
      if (request === '') return enter(context, c, user_code)
      return decide(context, c, { handle: request, scope, decision })
    },
  })
}

const [approvedFlash, deniedFlash] = ['device-approved', 'device-denied']

/** The decision that was just made, the request whose code was entered, or the form for a code. */
async function render(
  context: DeviceContext,
  c: UserRequestContext,
  { values, problem, fieldErrors }: Fields,
): Promise<Html> {
  const frame = await frameOf(context, c)
  const { email } = c.var.user
  const decided = frame.flashes.find(({ kind }) => kind === approvedFlash || kind === deniedFlash)
  if (decided !== undefined && c.req.method === 'GET') {
    const [isApproved, { message }] = [decided.kind === approvedFlash, decided]
    return <DecidedPage frame={{ ...frame, flashes: [] }} {...{ isApproved, message }} />
  }
  const handle = values.request || (c.req.query('request') ?? '')
  const pending = handle === '' ? null : await findEntered(context, c, handle)
  if (pending !== null) {
    return <DeviceConsentPage {...{ frame, handle, problem }} {...pending} />
  }
  const userCode = values.user_code.slice(0, maxShownCode)
  const ended = handle === '' ? undefined : noLongerOpen
  const shown = fieldErrors.user_code ?? problem ?? ended
  return <UserCodePage {...{ frame, email, userCode, problem: shown }} />
}

const maxShownCode = 40

async function findEntered(context: DeviceContext, c: UserRequestContext, handle: string) {
  const { deviceAuthorizations, clock, detectDevice, describeLocation } = context
  const pending = await deviceAuthorizations.find({ handle, sessionId: sessionIdOf(c) })
  if (pending === null) return null
  const { ipAddress, userAgent, scopes } = pending.authorization
  const { ipAddress: ownAddress } = c.var.exchange.client
  return {
    ...pending,
    scopes: effectiveScopes(scopes, c.var.user),
    device: shownDevice(detectDevice(userAgent), userAgent),
    location: describeLocation(ipAddress),
    isOtherNetwork: isOtherNetwork(ipAddress, ownAddress),
    now: clock.now(),
  }
}

/** One network often has addresses of both IP versions, which cannot be compared. */
function isOtherNetwork(one: string | null, other: string | null): boolean {
  const isComparable = one?.includes(':') === other?.includes(':')
  return isComparable && networkOf(one) !== networkOf(other)
}

/** Command lines are no browsers: then the start of what the client calls itself. */
function shownDevice(device: ReturnType<DeviceDetector>, userAgent: string | null): string {
  if (device.browser !== null) return deviceText(device)
  return userAgent === null || userAgent === '' ? 'unknown' : userAgent.slice(0, 80)
}

function sessionIdOf(c: UserRequestContext): string {
  return c.var.session?.id ?? ''
}

async function enter(
  context: DeviceContext,
  c: UserRequestContext,
  text: string,
): Promise<RejectedForm | Response> {
  const userId = c.var.user.id
  const { ipAddress } = c.var.exchange.client
  const entry = { userId, sessionId: sessionIdOf(c), text, ipAddress }
  const result = await context.deviceAuthorizations.findByUserCode(entry)
  if (result.status === 'found') {
    return c.redirect(`${devicePath}?request=${encodeURIComponent(result.handle)}`, 303)
  }
  if (result.status === 'throttled') return rejectThrottled(context, c, result)
  return {
    status: 'rejected',
    httpStatus: 400,
    fieldErrors: { user_code: problemTexts[result.status] },
  }
}

function rejectThrottled(
  context: DeviceContext,
  c: UserRequestContext,
  throttled: Throttled,
): RejectedForm {
  logSecurityEvent(context, c, {
    event: 'limit-reached',
    limit: 'user-codes',
    userId: c.var.user.id,
  })
  const retry = retryText(throttled.retryAfterSeconds)
  return rejectForNow(throttled, `Too many codes were entered. ${retry}`)
}

const noLongerOpen = 'This request has expired or was decided already. Start again on your device.'

const problemTexts: Readonly<
  Record<Exclude<FindUserCodeResult['status'], 'found' | 'throttled'>, string>
> = {
  malformed: 'Enter the eight characters of the code.',
  unknown: 'This code is wrong or has expired. Check it, or start again on your device.',
  'other-network':
    'Too many codes are being entered on this site. Try again in 10 minutes, or use the network that your device is on.',
}

const undecided: RejectedForm = {
  status: 'rejected',
  httpStatus: 400,
  problem: 'Choose whether to allow or to deny the access.',
}

interface Decision {
  readonly handle: string
  /** The scopes that the page named. */
  readonly scope: string
  readonly decision: string
}

async function decide(
  context: DeviceContext,
  c: UserRequestContext,
  { handle, scope, decision }: Decision,
): Promise<RejectedForm | Response> {
  if (decision !== 'allow' && decision !== 'deny') return undecided
  const { user, session } = c.var
  const isApproved = decision === 'allow'
  const decided = await context.deviceAuthorizations.decide({
    ...{ handle, sessionId: sessionIdOf(c), user, isApproved },
    scopes: parseScopes(scope) ?? [],
    authenticatedAt: session?.authenticatedAt ?? 0,
  })
  if (decided === null) {
    return { status: 'rejected', httpStatus: 409, fieldErrors: { user_code: noLongerOpen } }
  }
  const { name } = decided.client
  const message = isApproved ? `${name} is connected.` : `You did not connect ${name}.`
  await c.var.exchange.flash({ kind: isApproved ? approvedFlash : deniedFlash, message })
  return redirectAfterCredentials(context, c, devicePath)
}
