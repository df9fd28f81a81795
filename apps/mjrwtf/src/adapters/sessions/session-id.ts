import type { SessionId } from 'coatcheck'

/** Whether a text has the form of a session's id: only what has it is looked up. */
export function isSessionId(text: string): text is SessionId {
  return /^[A-Za-z0-9_-]{22}$/.test(text)
}

/** The app's rooms know ids as text; `null` where a text is none, and so names no session. */
export function toSessionId(text: string | null): SessionId | null {
  return text !== null && isSessionId(text) ? text : null
}
