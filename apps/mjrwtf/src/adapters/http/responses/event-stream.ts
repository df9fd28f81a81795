import type { Subscriber } from '../../../application/sessions/session-end-notifier.ts'

/** How many signs of life may wait for somebody who does not read them. */
const maxBufferedEvents = 8

/** Begins to watch for a tab, and returns how to let it go; `null` where it is not watched. */
type Subscribe = (tab: Subscriber) => (() => void) | null

/**
 * Server-sent events for one tab, or `null` where it is not watched. `explain` finds the words for why a
 * session is over.
 */
export function openEventStream(
  subscribe: Subscribe,
  endReasonText: (reason: string) => string | null,
): ReadableStream<Uint8Array> | null {
  const encoder = new TextEncoder()
  let unsubscribe: ReturnType<Subscribe> = null
  let isOpen = true
  const { stream, controller } = createControlledStream(() => {
    isOpen = false
    unsubscribe?.()
  })

  function send(text: string): void {
    if (isOpen) controller.enqueue(encoder.encode(text))
  }

  function close(): void {
    if (isOpen) controller.close()
    isOpen = false
  }

  // Sent at once, so that the browser knows that it is connected.
  send(': connected\n\n')
  unsubscribe = subscribe({
    onEnded(reason) {
      const message = endReasonText(reason)
      if (message !== null) send(endedEvent(message))
      close()
    },
    heartbeat() {
      send(': heartbeat\n\n')
      return isOpen && (controller.desiredSize ?? 0) >= -maxBufferedEvents
    },
    close,
  })
  return unsubscribe === null ? null : stream
}

/** The one event there is; `message` is for the person. */
export function endedEvent(message: string): string {
  return `event: ended\ndata: ${JSON.stringify({ message })}\n\n`
}

/** `onGone` is called when the other side has hung up. */
function createControlledStream(onCancel: () => void) {
  const captured: { controller?: ReadableStreamDefaultController<Uint8Array> } = {}
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      captured.controller = controller
    },
    cancel: onCancel,
  })
  if (captured.controller === undefined) throw new Error('a stream starts when it is made')
  return { stream, controller: captured.controller }
}
