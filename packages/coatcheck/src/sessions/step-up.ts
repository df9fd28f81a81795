import type { Client } from '../domain/client.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { requireArgument } from '../domain/storable.ts'
import type { Instant } from '../domain/time.ts'
import { clientFingerprint, isConfirmedClient } from './client-check.ts'
import type { SessionsContext } from './context.ts'
import type { SessionPayload } from './data-codec.ts'
import { createUpdatePayload } from './update-payload.ts'

/** Clients that may count as confirmed beside the one that signed in; the oldest make room. */
const maxConfirmedClients = 8

/** Holds something against sessions; see `Sessions.requireStepUp`. */
export function createRequireStepUp<Data>(context: SessionsContext<Data>) {
  const updatePayload = createUpdatePayload(context)

  return async function requireStepUp(id: SessionId, at: Instant = context.clock.now()) {
    requireArgument(Number.isSafeInteger(at), 'at must be an instant, in ms')
    let userId: string | null = null
    const before = await updatePayload(id, (payload, record) => {
      // Told late: the person has proved who they are since.
      const isAlreadyCleared = record.authenticatedAt > at
      const isAlreadyRequired = payload.stepUpRequiredAt !== null && payload.stepUpRequiredAt >= at
      userId = isAlreadyCleared || isAlreadyRequired ? null : record.userId
      return userId === null ? null : { ...payload, stepUpRequiredAt: at }
    })
    if (before === null) return false
    if (userId !== null) context.report({ type: 'step-up-required', at, sessionId: id, userId })
    return true
  }
}

/** Notes, before the secret of a step-up is issued, that its client is the person's. */
export function createConfirmClient<Data>(context: SessionsContext<Data>) {
  const updatePayload = createUpdatePayload(context)

  return async function confirmClient(record: SessionRecord, client: Client | null, now: Instant) {
    const { stepUpRequiredAt: knownRequiredAt } = context.codec.decode(record.data)
    await updatePayload(record.id, (payload) => {
      const confirmedClients = addConfirmedClient(payload, record, client)
      // Of an instant that has not come, by a clock that was set back: nothing else would lift it. Not what was
      // told since the step-up began: of that nobody has shown anything yet.
      const isInFuture =
        knownRequiredAt !== null &&
        knownRequiredAt >= now &&
        payload.stepUpRequiredAt === knownRequiredAt
      if (confirmedClients === payload.confirmedClients && !isInFuture) return null
      return {
        ...payload,
        confirmedClients,
        stepUpRequiredAt: isInFuture ? null : payload.stepUpRequiredAt,
      }
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
