import type { Client } from '../domain/client.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { requireArgument } from '../domain/storable.ts'
import type { Instant } from '../domain/time.ts'
import { clientFingerprint, isConfirmedClient } from './client-check.ts'
import type { SessionsContext } from './context.ts'
import type { SessionPayload } from './data-codec.ts'

/** Confirmed clients besides the one that signed in. The oldest are dropped. */
const maxConfirmedClients = 8

/** Marks a session as needing a step-up; see `Sessions.requireStepUp`. */
export function createRequireStepUp<Data>(context: SessionsContext<Data>) {
  const { updatePayload } = context

  return async function requireStepUp(id: SessionId, at: Instant = context.clock.now()) {
    requireArgument(Number.isSafeInteger(at), 'at must be an instant, in ms')
    let userId: string | null = null
    const updated = await updatePayload(id, (payload, record) => {
      // The user has authenticated after the signal, which arrived late.
      const isAlreadyCleared = record.authenticatedAt > at
      const isAlreadyRequired = payload.stepUpRequiredAt !== null && payload.stepUpRequiredAt >= at
      userId = isAlreadyCleared || isAlreadyRequired ? null : record.userId
      return userId === null ? null : { ...payload, stepUpRequiredAt: at }
    })
    if (updated === null) return false
    if (userId !== null) context.report({ type: 'step-up-required', at, sessionId: id, userId })
    return true
  }
}

/** Records the client of a step-up as confirmed, before the new secret is issued. */
export function createConfirmClient<Data>(context: SessionsContext<Data>) {
  const { updatePayload } = context

  return async function confirmClient(record: SessionRecord, client: Client | null, now: Instant) {
    const { stepUpRequiredAt: knownRequiredAt } = context.codec.decode(record.data)
    // An instant in the future (the clock was set back) would not be cleared otherwise.
    const isInFuture = knownRequiredAt !== null && knownRequiredAt >= now
    await updatePayload(record.id, (payload) => {
      const confirmedClients = addConfirmedClient(payload, record, client)
      // An instant that was recorded after this step-up began stays.
      const clears = isInFuture && payload.stepUpRequiredAt === knownRequiredAt
      if (confirmedClients === payload.confirmedClients && !clears) return null
      const stepUpRequiredAt = clears ? null : payload.stepUpRequiredAt
      return { ...payload, confirmedClients, stepUpRequiredAt }
    })
  }

  function addConfirmedClient(
    { confirmedClients }: SessionPayload<Data>,
    record: SessionRecord,
    client: Client | null,
  ): readonly string[] {
    if (client === null || isConfirmedClient(context, { record, confirmedClients }, client))
      return confirmedClients
    return [...confirmedClients, clientFingerprint(context, client)].slice(-maxConfirmedClients)
  }
}
