import { isAuthenticationMethod, type UsedMethod } from './authentication.ts'
import { SessionError } from './errors.ts'
import type { SessionRecord, UserId } from './session.ts'
import { formatMethods, type MethodHistory } from './stored-methods.ts'

const maxIdLength = 255

/**
 * Whether text can be stored and read back unchanged: no NUL, which databases truncate at or reject,
 * and no lone surrogate, which UTF-8 cannot encode.
 */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Whether text can be the id of a session or a user: storable, and 1 to 255 characters. */
export function isStorableId(id: string): boolean {
  return id.length >= 1 && id.length <= maxIdLength && isStorableText(id)
}

/** Throws `invalid-argument` unless the condition holds. The message must not contain the value. */
export function requireArgument(condition: boolean, message: string): void {
  if (!condition) throw new SessionError('invalid-argument', message)
}

/** Throws `invalid-argument` for a record that a store could not return unchanged. */
export function requireStorable(record: SessionRecord): void {
  const { id, userId, data, ipAddress, userAgent } = record
  requireArgument(isStorableId(id), 'A session id must be 1 to 255 characters without NUL')
  requireArgument(isStorableId(userId), 'A user id must be 1 to 255 characters without NUL')
  requireArgument(
    [data, ipAddress ?? '', userAgent ?? ''].every(isStorableText),
    'Session data, IP address and user agent must be well-formed text without NUL',
  )
  const hasLengths = record.secretHash.length === 32 && record.csrfSecret.length === 32
  requireArgument(hasLengths, 'A secret hash and a CSRF secret must have 32 bytes')
  const instants = [
    record.createdAt,
    record.expiresAt,
    record.lastActivityAt,
    record.authenticatedAt,
    record.rotatedAt ?? 0,
    record.previousSecretExpiresAt ?? 0,
    record.idleTimeout,
  ]
  requireMethodsText(record)
  requireArgument(instants.every(Number.isSafeInteger), 'Instants must be whole milliseconds')
}

/** Returns the text to store. Throws `invalid-argument` for methods that a store could not return unchanged. */
export function requireMethodsText(history: MethodHistory): string {
  requireMethodList(history.methods)
  requireMethodList(history.previousMethods)
  return formatMethods(history)
}

function requireMethodList(methods: readonly UsedMethod[]): void {
  const areValid = methods.every(
    ({ method, at }) => isAuthenticationMethod(method) && Number.isSafeInteger(at),
  )
  const names = new Set(methods.map(({ method }) => method))
  requireArgument(
    areValid && names.size === methods.length,
    'Methods must be known, each once, with an instant in whole milliseconds',
  )
}

/** Throws `invalid-argument` for data that a store could not return unchanged. */
export function requireStorableData(data: string): string {
  requireArgument(isStorableText(data), 'Session data must be well-formed text without NUL')
  return data
}

/** Throws `invalid-argument` unless this can be stored as the user who ended a session. */
export function requireActor(by: UserId | null): void {
  requireArgument(by === null || isStorableId(by), 'endedBy must be a user id or null')
}

/** Throws `invalid-argument` for a limit that a database could interpret as no limit. */
export function requireLimit(limit: number): void {
  requireArgument(Number.isSafeInteger(limit) && limit >= 1, 'limit must be a positive integer')
}
