import type { Subscriber } from '../../../application/sessions/session-end-notifier.ts'

/** Maximum number of heartbeats that wait in the stream for a client that does not read. */
const maxBufferedEvents = 8
/** Maximum number of bytes that wait in the response for such a client. */
const maxBufferedBytes = 4_096

/** Subscribes a tab and returns the function that unsubscribes it, or `null` if it was not subscribed. */
type Subscribe = (tab: Subscriber) => (() => void) | null

export interface EventStreamOptions {
  readonly subscribe: Subscribe
  /** The message for an end reason; `null` for none. */
  readonly endReasonText: (reason: string) => string | null
  /** How much of the response the system has not taken over yet, in bytes. */
  readonly bufferedBytes: () => number
}

/** Server-sent events for one tab, or `null` if it could not be subscribed. */
export function openEventStream({
  subscribe,
  endReasonText,
  bufferedBytes,
}: EventStreamOptions): ReadableStream<Uint8Array> | null {
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

  // Sent immediately, so that the browser knows that it is connected.
  send(': connected\n\n')
  unsubscribe = subscribe({
    onEnded(reason) {
      const message = endReasonText(reason)
      if (message !== null) send(endedEvent(message))
      close()
    },
    heartbeat() {
      send(': heartbeat\n\n')
      const isBehind = (controller.desiredSize ?? 0) < -maxBufferedEvents
      return isOpen && !isBehind && bufferedBytes() <= maxBufferedBytes
    },
    close,
  })
  return unsubscribe === null ? null : stream
}

/** The only event of the stream. `message` is for the user. */
export function endedEvent(message: string): string {
  return `event: ended\ndata: ${JSON.stringify({ message })}\n\n`
}

/** `onCancel` is called when the client disconnects. */
function createControlledStream(onCancel: () => void) {
  const captured: { controller?: ReadableStreamDefaultController<Uint8Array> } = {}
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      captured.controller = controller
    },
    cancel: onCancel,
  })
  if (captured.controller === undefined) throw new Error('ReadableStream did not call start')
  return { stream, controller: captured.controller }
}
