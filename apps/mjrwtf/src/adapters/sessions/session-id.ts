import type { SessionId } from 'coatcheck'

/** Whether a text has the form of a session's id: only what has it is looked up. */
export function isSessionId(text: string): text is SessionId {
  return /^[A-Za-z0-9_-]{22}$/.test(text)
}
