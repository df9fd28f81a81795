import { readFileSync } from 'node:fs'

/** Routes that docs/authentication.md lists as open to anonymous visitors. */
export interface EntryPoints {
  /** For example `POST /login`. */
  readonly anonymous: readonly string[]
  readonly createsSession: ReadonlySet<string>
}

export function readEntryPoints(): EntryPoints {
  const page = readFileSync(new URL('../../../../docs/authentication.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([A-Z]+ \/\S*)` \|.*\| (yes|no) \|$/gm)]
  return {
    anonymous: rows.map(([, route = '']) => route),
    createsSession: new Set(
      rows.flatMap(([, route = '', creates]) => (creates === 'yes' ? route : [])),
    ),
  }
}
