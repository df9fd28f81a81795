import { unknownClient } from '../domain/client.ts'
import { requireFlash } from '../domain/flash.ts'
import type { SessionRecord } from '../domain/session.ts'
import type { SessionTimeouts, TimeoutPolicy } from '../domain/timeouts.ts'
import { idBytes, type Secret, secretBytes, sessionIdFrom } from '../domain/token.ts'
import type { SessionsContext } from './context.ts'
import { initialPayload } from './data-codec.ts'
import { hashSecret } from './secret.ts'
import type { SignIn } from './sessions.ts'

/** The record of a session that begins now. Throws `invalid-argument` for data or a flash that does not fit. */
export function createRecord<Data>(
  context: SessionsContext<Data>,
  request: SignIn<Data>,
  secret: Secret,
): SessionRecord {
  const now = context.clock.now()
  const { timeouts, remembered } = chooseTimeouts(context.timeouts, request.remember ?? false)
  const { ipAddress, userAgent } = request.client ?? unknownClient
  return {
    id: sessionIdFrom(context.random.bytes(idBytes)),
    secretHash: hashSecret(secret),
    previousSecretHash: null,
    previousSecretExpiresAt: null,
    rotatedAt: null,
    userId: request.userId,
    createdAt: now,
    expiresAt: now + timeouts.absolute,
    lastActivityAt: now,
    idleTimeout: timeouts.idle,
    authenticatedAt: now,
    remembered,
    csrfSecret: context.random.bytes(secretBytes),
    data: initialData(context, request),
    dataVersion: 0,
    ipAddress,
    userAgent,
    endedAt: null,
    endReason: null,
    endedBy: null,
  }
}

function initialData<Data>(
  { codec, data: { initial } }: SessionsContext<Data>,
  { data, flash }: SignIn<Data>,
): string {
  if (flash !== undefined) requireFlash(flash)
  const flashes = flash === undefined ? [] : [flash]
  return codec.encode(initialPayload(data === undefined ? initial : data, flashes))
}

/** Those of a remembered session where that is asked for and offered. */
function chooseTimeouts(
  policy: TimeoutPolicy,
  remember: boolean,
): { readonly timeouts: SessionTimeouts; readonly remembered: boolean } {
  const rememberedTimeouts = remember ? policy.remembered : null
  return { timeouts: rememberedTimeouts ?? policy, remembered: rememberedTimeouts !== null }
}
