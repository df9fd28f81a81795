import { readFileSync } from 'node:fs'

/** Routes that docs/authentication.md lists as open to anonymous visitors. */
export interface EntryPoints {
  /** Those that change something, for example `POST /login`. */
  readonly anonymous: readonly string[]
  /** Whether a request, as method and path, may create a session. */
  createsSession(request: string): boolean
}

export function readEntryPoints(): EntryPoints {
  const page = readFileSync(new URL('../../../../docs/authentication.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([A-Z]+ \/\S*)` \|.*\| (yes|no) \|$/gm)]
  const routes = rows.map(([, route = '']) => route)
  const creating = rows.flatMap(([, route = '', creates]) => (creates === 'yes' ? route : []))
  const patterns = creating.map((route) => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`))
  return {
    anonymous: routes.filter((route) => !route.startsWith('GET ')),
    createsSession: (request) => patterns.some((pattern) => pattern.test(request)),
  }
}
