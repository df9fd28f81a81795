import { SessionError } from '../domain/errors.ts'
import type { GrantId } from '../domain/grant.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import { createVerificationCache } from '../sessions/cache/verification-cache.ts'
import { createEventDispatcher } from '../sessions/context.ts'
import { createFailureReporter } from '../sessions/failure-reporter.ts'
import type { GrantsContext } from './context.ts'
import type { Grants, Inspection } from './grants.ts'
import { identifyToken } from './identify-token.ts'
import { createIssue } from './issue.ts'
import { grantKind, loadGrant } from './loaded-grant.ts'
import type { GrantsOptions } from './options.ts'
import { createRefresh } from './refresh.ts'
import { reportGrantFailures } from './report-grant-failures.ts'
import { resolveGrantsOptions } from './resolve-options.ts'
import { createRevocations } from './revoke.ts'
import { createGrantSweep } from './sweep.ts'
import { createGrantTokens } from './tokens.ts'
import { createVerify } from './verify.ts'
import { withGrantInvalidation } from './with-grant-invalidation.ts'

/**
 * Creates the grants of an application. Starts no timer and does not use the store until a method is called. The caller
 * opens and closes the database of the store. Throws `SessionError` with code `invalid-option`, naming the option.
 */
export function createGrants(store: GrantStore, options: GrantsOptions = {}): Grants {
  const context = createContext(store, options)
  let closed = false
  const revocations = createRevocations(context)

  /** Wraps every method that uses the store. */
  function whileOpen<Args extends unknown[], Result>(
    method: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    return (...args) => (closed ? rejectClosed() : method(...args))
  }

  async function inspect(token: string): Promise<Inspection> {
    const identified = await identifyToken(context, token)
    const isValid = identified !== null && identified.kind !== 'replaced-refresh'
    return isValid ? identified : { kind: 'none' }
  }

  return {
    issue: whileOpen(createIssue(context)),
    verify: whileOpen(createVerify(context)),
    refresh: whileOpen(createRefresh(context)),
    inspect: whileOpen(inspect),
    revokeToken: whileOpen(revocations.revokeToken),
    revoke: whileOpen(revocations.revoke),
    revokeAllForUser: whileOpen(revocations.revokeAllForUser),
    revokeAllOfClient: whileOpen(revocations.revokeAllOfClient),
    list: whileOpen(revocations.list),
    sweep: whileOpen(createGrantSweep(context, () => !closed)),
    cacheStatistics: () => context.cache?.statistics() ?? null,
    async close() {
      if (closed) return
      closed = true
      await context.cache?.close()
    },
  }
}

async function rejectClosed(): Promise<never> {
  throw new SessionError('closed', 'these grants were closed')
}

function createContext(unwrapped: GrantStore, options: GrantsOptions): GrantsContext {
  const { events, cache: cacheOptions, ...resolved } = resolveGrantsOptions(unwrapped, options)
  const { clock } = resolved
  const report = createEventDispatcher(events)
  const reporting = reportGrantFailures(unwrapped, createFailureReporter({ clock, report }))
  const find = async (id: GrantId) => {
    const record = await reporting.find(id)
    return record === null ? null : loadGrant(record)
  }
  const cache =
    cacheOptions &&
    createVerificationCache(cacheOptions, {
      find,
      kind: grantKind,
      clock,
      report,
      onChange() {},
      onReset() {},
    })
  return {
    ...resolved,
    tokens: createGrantTokens(resolved),
    report,
    cache,
    read: cache?.read ?? find,
    store: cache === null ? reporting : withGrantInvalidation(reporting, cache),
  }
}
