import type { Scope } from '../../../domain/scope.ts'
import type { RequestContext } from '../http-context.ts'
import { recentAssurance } from '../middleware/guards.ts'
import { type Problem, type ProblemContext, respondWithProblem } from '../responses/problem.tsx'

/** A 401 for a request without a credential. No error code (RFC 6750 section 3.1). */
export function respondUnauthenticated(context: ProblemContext, c: RequestContext) {
  return respondWithProblem(context, c, {
    status: 401,
    code: 'sign_in_required',
    message: 'Send a session cookie or a bearer token.',
    headers: [challenge({})],
  })
}

/** A token that was valid. `message`: nothing that helps others who have it. */
export function invalidToken(message: string): Problem {
  const headers = [challenge({ error: 'invalid_token' })]
  return { status: 401, code: 'invalid_token', message, headers }
}

/** A valid token that does not have the scope of the operation (RFC 6750 section 3.1). */
export function insufficientScope(scope: Scope): Problem {
  return {
    status: 403,
    code: 'insufficient_scope',
    message: `This operation needs a token with the scope ${scope}.`,
    headers: [challenge({ error: 'insufficient_scope', scope })],
  }
}

/**
 * A valid token where the user must be present (RFC 9470 section 3; SP 800-63B-4 section 5.1.2). No token ever satisfies it.
 * `isRecent`: the user must also have authenticated recently.
 */
export function userMustBePresent({ isRecent }: { readonly isRecent: boolean }): Problem {
  const error = 'insufficient_user_authentication'
  const message = 'This operation needs the session of a user who is present, not a token.'
  const maxAge = isRecent ? { max_age: String(maxAgeSeconds) } : {}
  const headers = [challenge({ error, error_description: message, ...maxAge })]
  return { status: 401, code: error, message, headers }
}

const maxAgeSeconds = Number.parseInt(recentAssurance.within, 10) * 60

function challenge(parameters: Readonly<Record<string, string>>): readonly [string, string] {
  const list = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
  return ['WWW-Authenticate', `Bearer ${list.join(', ')}`.trimEnd()]
}
