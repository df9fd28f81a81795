import { z } from 'zod'

/** The version of the archive format. A program reads the versions up to its own. */
export const archiveVersion = 1

const tableColumns = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  columns: z.array(z.string().regex(/^[a-z][a-z0-9_]*$/)).min(1),
})

/** The first entry, `backup.json`: what the archive contains. */
export const header = z.object({
  format: z.literal('mjrwtf-backup'),
  version: z.int().min(1),
  /** ISO 8601, of the start of the snapshot. */
  created_at: z.iso.datetime(),
  database: z.enum(['sqlite', 'postgres']),
  schema: z.object({ app: z.int().min(1), sessions: z.string().min(1) }),
  tables: z.array(tableColumns),
  sequences: z.record(z.string(), z.number()),
})
export type Header = z.infer<typeof header>

const part = z.object({
  name: z.string(),
  bytes: z.int().min(0),
  sha256: z.string(),
  /** Of entries with rows. */
  rows: z.int().min(0),
})
export type Part = z.infer<typeof part>

/** The last entry, `manifest.json`: every other entry in order. An archive without it is incomplete. */
export const manifest = z.object({ parts: z.array(part) })
export type Manifest = z.infer<typeof manifest>

/** The entry `settings.json`: the variables that were set, by name. A shell reads them, so a name is no more than that. */
export const settings = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string())
export type Settings = z.infer<typeof settings>

export const headerName = 'backup.json'
export const keysName = 'secret-keys'
export const settingsName = 'settings.json'
export const manifestName = 'manifest.json'

/** Name of an entry with rows, such as `rows/clicks/000001.jsonl`. */
export function rowsName(table: string, number: number): string {
  return `rows/${table}/${String(number).padStart(6, '0')}.jsonl`
}

/** The table whose rows an entry contains; `null` for any other entry. */
export function tableOf(name: string): string | null {
  return /^rows\/([a-z][a-z0-9_]*)\/\d{6,}\.jsonl$/.exec(name)?.[1] ?? null
}
