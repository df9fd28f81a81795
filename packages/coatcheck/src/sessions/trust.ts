import type { Client } from '../domain/client.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { requireArgument } from '../domain/storable.ts'
import type { Instant } from '../domain/time.ts'
import { createChangeContent } from './change-content.ts'
import { clientMark, isConfirmedClient } from './client-check.ts'
import type { SessionsContext } from './context.ts'
import type { SessionContent } from './data-codec.ts'

/** Clients that may count as confirmed beside the one that signed in; the oldest make room. */
const mostConfirmed = 8

/** Holds something against sessions; see `Sessions.distrust`. */
export function createDistrust<Data>(context: SessionsContext<Data>) {
  const change = createChangeContent(context)

  return async function distrust(id: SessionId, at: Instant = context.clock.now()) {
    requireArgument(Number.isSafeInteger(at), 'at must be an instant, in ms')
    let userId: string | null = null
    const before = await change(id, (content, record) => {
      // Told late: the person has proved who they are since.
      const isLifted = record.authenticatedAt > at
      const isKnown = content.distrustedAt !== null && content.distrustedAt >= at
      userId = isLifted || isKnown ? null : record.userId
      return userId === null ? null : { ...content, distrustedAt: at }
    })
    if (before === null) return false
    if (userId !== null) context.report({ type: 'session-distrusted', at, sessionId: id, userId })
    return true
  }
}

/** Notes, before the secret of a step-up is issued, that its client is the person's. */
export function createConfirm<Data>(context: SessionsContext<Data>) {
  const change = createChangeContent(context)

  return async function confirm(record: SessionRecord, client: Client | null, now: Instant) {
    const { distrustedAt: known } = context.codec.decode(record.data)
    await change(record.id, (content) => {
      const confirmed = withClient(content, record, client)
      // Of an instant that has not come, by a clock that was set back: nothing else would lift it. Not what was
      // told since the step-up began: of that nobody has shown anything yet.
      const isAhead = known !== null && known >= now && content.distrustedAt === known
      if (confirmed === content.confirmed && !isAhead) return null
      return { ...content, confirmed, distrustedAt: isAhead ? null : content.distrustedAt }
    })
  }

  function withClient(
    { confirmed }: SessionContent<Data>,
    record: SessionRecord,
    client: Client | null,
  ): readonly string[] {
    if (client === null || isConfirmedClient(context, { record, confirmed }, client))
      return confirmed
    return [...confirmed, clientMark(context, client)].slice(-mostConfirmed)
  }
}
