import type { SessionEvent } from '../domain/events.ts'

/**
 * The default sink of `coatcheck`: writes failures and misconfigurations to the console, one line each,
 * and nothing else. No line contains a secret.
 */
export function writeToConsole(event: SessionEvent): void {
  const line = describe(event)
  if (line === null) return
  const text = `[coatcheck] ${event.type}: ${line}`
  if (event.type === 'store-failed' || event.type === 'sweep-failed') console.error(text)
  else console.warn(text)
}

/** `null` for events of normal operation. */
function describe(event: SessionEvent): string | null {
  switch (event.type) {
    case 'store-failed':
      return `${event.code} in ${event.operation}. ${toOneLine(event.cause)}`
    case 'sweep-failed':
      return 'expired sessions could not be ended or removed. The next sweep tries again.'
    case 'activity-lost':
      return `the activity of ${event.count} sessions could not be written. They may expire early.`
    case 'record-unreadable':
      return `the record of session ${event.sessionId} is damaged or from a newer version.`
    case 'revocation-channel-interrupted':
      return `${event.reason}. Every verification reads the store until the channel works again. ${toOneLine(event.cause ?? '')}`
    case 'client-address-shared':
      return `${event.reason}. All clients behind the proxy ${event.ipAddress ?? 'on the unix socket'} share its IP address: set trustedProxies.`
    case 'clock-skewed':
      return `the clock of this process differs from the database's by ${event.skew} ms. Synchronize both with NTP: sessions expire early or late by as much.`
    case 'redirect-loop-prevented':
      return event.reason === 'guarded-sign-in-page'
        ? 'a guard redirects to the page that it guards. Use it on the other routes only.'
        : `${event.reason}. A redirect to https would never end. Add ${event.ipAddress ?? 'the proxy'} to trustedProxies, and let it send X-Forwarded-Proto.`
    case 'sign-in-blocked':
      return event.reason === 'assurance-too-low'
        ? 'the preset of the timeouts requires a higher level than the methods of a sign-in show. Pass those that were verified to signIn or completeSignIn, such as methods: ["otp"].'
        : null
    case 'protection-missing':
      return `${event.method} ${event.path} reached a session or a sign-in without CSRF protection. Register protect before the routes.`
    default:
      return null
  }
}

function toOneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

/** Writes an error that no route has handled, with its stack. */
export function writeErrorToConsole(error: unknown): void {
  console.error(error)
}
