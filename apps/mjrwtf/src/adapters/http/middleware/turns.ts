import { createEventLoopTurns } from '../../../application/shared/event-loop-turns.ts'
import { ipGroup } from '../../../domain/ip-address.ts'
import type { TakeTurn } from '../http-context.ts'

/** Continues requests one after the other: 200 sign-ins at once would occupy the event loop for as long as all of them take. */
export function createTakeTurn(): TakeTurn {
  const turns = createEventLoopTurns()
  return async (c, next) => {
    await turns.take(ipGroup(c.var.exchange.client.ipAddress))
    return next()
  }
}
