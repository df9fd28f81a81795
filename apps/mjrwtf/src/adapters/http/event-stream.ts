import type { OpenTab } from '../../application/watch-tabs.ts'

/** How many signs of life may wait for somebody who does not read them. */
const patience = 8

/** Begins to watch for a tab, and returns how to let it go; `null` where it is not watched. */
type Watch = (tab: OpenTab) => (() => void) | null

/**
 * Server-sent events for one tab, or `null` where it is not watched. `explain` finds the words for why a
 * session is over.
 */
export function openEventStream(
  watch: Watch,
  explain: (reason: string) => string | null,
): ReadableStream<Uint8Array> | null {
  const encoder = new TextEncoder()
  let letGo: ReturnType<Watch> = null
  let isOpen = true
  const { stream, controller } = controlledStream(() => {
    isOpen = false
    letGo?.()
  })

  function send(text: string): void {
    if (isOpen) controller.enqueue(encoder.encode(text))
  }

  function close(): void {
    if (isOpen) controller.close()
    isOpen = false
  }

  // Sent at once, so that the browser knows that it is connected.
  send(': watching\n\n')
  letGo = watch({
    over(reason) {
      const message = explain(reason)
      if (message !== null) send(endedEvent(message))
      close()
    },
    beat() {
      send(': beat\n\n')
      return isOpen && (controller.desiredSize ?? 0) >= -patience
    },
    close,
  })
  return letGo === null ? null : stream
}

/** The one event there is; `message` is for the person. */
export function endedEvent(message: string): string {
  return `event: ended\ndata: ${JSON.stringify({ message })}\n\n`
}

/** `onGone` is called when the other side has hung up. */
function controlledStream(onGone: () => void) {
  const held: { controller?: ReadableStreamDefaultController<Uint8Array> } = {}
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      held.controller = controller
    },
    cancel: onGone,
  })
  if (held.controller === undefined) throw new Error('a stream starts when it is made')
  return { stream, controller: held.controller }
}
