import { setTimeout } from 'node:timers/promises'
import type { UserReads } from '../../../application/shared/user-reads.ts'
import type { UserId } from '../../../domain/user.ts'

/** Delay before the next try if too many reads of the user wait, in ms. */
const retryDelay = 50

/** Reads each chunk when it is the user's turn, so that exports at once delay others no more than a single one. */
export async function* readInTurn(
  reads: UserReads,
  userId: UserId,
  chunks: AsyncIterable<string>,
): AsyncIterable<string> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const turn = reads.run(userId, () => iterator.next())
      const next = turn === null ? null : await turn
      if (next?.done === true) return
      if (next === null) await setTimeout(retryDelay)
      else yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}
