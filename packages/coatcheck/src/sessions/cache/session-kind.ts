import { isSameVersion, type SessionRecord } from '../../domain/session.ts'
import type { RecordKind } from './cached-record.ts'

/** Sessions as records of the cache. */
export const sessionKind: RecordKind<SessionRecord> = { isSameVersion, estimateSize }

/** Size of a record without its strings, as measured (decision 012). */
const baseRecordBytes = 1_000

/** An object with two properties, in a list. */
const methodBytes = 64

/** Overestimates: most strings take one byte per character, not two. */
function estimateSize(record: SessionRecord): number {
  const { userId, ipAddress, userAgent, data, methods, previousMethods } = record
  const clientLength = (ipAddress?.length ?? 0) + (userAgent?.length ?? 0)
  const textBytes = 2 * (userId.length + clientLength + data.length)
  return baseRecordBytes + textBytes + methodBytes * (methods.length + previousMethods.length)
}
