import { type Scope, scopes } from '../../domain/scope.ts'

/** What each scope allows, for users. Completes "can …". */
const scopeTexts: Readonly<Record<Scope, string>> = {
  'links:read': 'see your links',
  'links:write': 'create, edit and delete your links',
  'stats:read': 'see the statistics of your links',
  'account:read': 'see your email address and when you joined',
  admin: 'use the administrator functions of this site',
}

/** What a list of scopes allows, each as a sentence without a period, in a fixed order. */
export function describeScopes(list: readonly Scope[]): readonly string[] {
  return scopes
    .filter((scope) => list.includes(scope))
    .map((scope) => capitalize(scopeTexts[scope]))
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
