import type { ImportRecord } from '../../domain/link-import.ts'
import type { OldDatabase } from './old-database.ts'

/** One record of a file, or why it cannot be read. */
export type SourceRecord =
  | { readonly line: number; readonly record: ImportRecord }
  | { readonly line: number; readonly problem: string }

/** A file that a user has uploaded. */
export type ImportSource =
  | {
      readonly kind: 'records'
      /** The names of the columns, or of the fields of the first record. */
      readonly columns: readonly string[]
      /** Rejects with `UnreadableFile` where the file cannot be read any further. */
      readonly records: AsyncIterable<SourceRecord>
    }
  /** The database of the old service. */
  | { readonly kind: 'old-database'; readonly database: OldDatabase }

/** A source that must be closed after it was read. */
export interface OpenSource {
  readonly source: ImportSource
  close(): Promise<void>
}

/** Recognizes the kind of a file by its content. Rejects with `UnreadableFile`. */
export type OpenUpload = (bytes: AsyncIterable<Uint8Array>) => Promise<OpenSource>

/** The file cannot be imported. The message is for the user. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile'
}
