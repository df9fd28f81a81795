/** What a token may do. `admin` only takes effect for administrators. */
export const scopes = ['links:read', 'links:write', 'stats:read', 'account:read', 'admin'] as const

export type Scope = (typeof scopes)[number]

export function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text)
}

/** Reads a list of scopes separated by single spaces (RFC 6749, section 3.3), each once. `null` if one is unknown. */
export function parseScopes(text: string): readonly Scope[] | null {
  const names = [...new Set(text.split(' ').filter((name) => name !== ''))]
  return names.every(isScope) ? names : null
}

/** The scopes of a stored list. Omits those of another release, which have no effect here. */
export function knownScopes(names: readonly string[]): readonly Scope[] {
  return names.filter(isScope)
}

/** Reads what `formatScopes` has written, as `knownScopes`. */
export function readStoredScopes(text: string): readonly Scope[] {
  return knownScopes(text.split(' '))
}

export function formatScopes(list: readonly Scope[]): string {
  return list.join(' ')
}

/** The scopes that take effect for the user as of now: the role may have changed since they were granted. */
export function effectiveScopes(
  list: readonly Scope[],
  user: { readonly isOperator: boolean },
): readonly Scope[] {
  return user.isOperator ? list : list.filter((scope) => scope !== 'admin')
}
