import { readFileSync } from 'node:fs'

/** Routes that docs/authentication.md lists as open to strangers, and whether they sign in. */
export interface Pathways {
  /** `POST /login` and so on. */
  readonly forStrangers: readonly string[]
  readonly opensSession: ReadonlySet<string>
}

export function readPathways(): Pathways {
  const page = readFileSync(new URL('../../../../docs/authentication.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([A-Z]+ \/\S*)` \|.*\| (yes|no) \|$/gm)]
  return {
    forStrangers: rows.map(([, route = '']) => route),
    opensSession: new Set(rows.flatMap(([, route = '', opens]) => (opens === 'yes' ? route : []))),
  }
}
