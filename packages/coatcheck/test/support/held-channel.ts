import type { ChannelFailure } from '../../src/domain/events.ts'
import type { RevocationChannel, RevocationListener } from '../../src/ports/revocation-channel.ts'

/** A channel between which and its listeners a test can stand. */
export interface HeldChannel {
  readonly channel: RevocationChannel
  /** From now on words are kept back, and no later moment is proved. */
  hold(): void
  /** Lets go what was kept back. */
  release(): void
  /** Tells of an interruption, as a lost connection would. */
  interrupt(why: ChannelFailure): void
  /** How often a proof was asked for. */
  asked(): number
  readonly open: Set<RevocationListener>
}

export function holdable(channel: RevocationChannel): HeldChannel {
  const open = new Set<RevocationListener>()
  let kept: (() => void)[] | null = null
  let heldAt: (() => void)[] = []
  let asked = 0

  function pass(word: () => void): void {
    if (kept === null) word()
    else kept.push(word)
  }

  return {
    open,
    asked: () => asked,
    interrupt(why) {
      for (const listener of open) listener.interrupted(why)
    },
    hold() {
      kept = []
      for (const remember of heldAt) remember()
    },
    release() {
      const words = kept ?? []
      kept = null
      for (const word of words) word()
    },
    channel: {
      subscribe(terms) {
        const { listener, clock } = terms
        let provenWhenHeld = clock.now()
        const remember = () => {
          provenWhenHeld = clock.now()
        }
        heldAt.push(remember)
        open.add(listener)
        const inner = channel.subscribe({
          ...terms,
          listener: {
            ...listener,
            changed: (id) => pass(() => listener.changed(id)),
            anyChanged: () => pass(() => listener.anyChanged()),
          },
        })
        return {
          provenAt: () => (kept === null ? inner.provenAt() : provenWhenHeld),
          prove() {
            asked += 1
            inner.prove()
          },
          async close() {
            open.delete(listener)
            heldAt = heldAt.filter((each) => each !== remember)
            await inner.close()
          },
        }
      },
    },
  }
}
