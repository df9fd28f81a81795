import type { Grants, IssuedTokens } from '../../grants/grants.ts'
import type { Clock } from '../../ports/system.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { Credential, Registers, Use, UseAnswer } from './use.ts'

/** What a worker uses. */
export interface Library {
  readonly sessions: Sessions<Registers>
  readonly grants: Grants
  readonly clock: Clock
}

type UseOf<Type extends Use['type']> = Extract<Use, { readonly type: Type }>

const clientId = 'chaos'
const reason = 'ended-by-operator'

/** Performs a use of the library and returns its result in a form that all kinds share. */
export async function performUse(library: Library, use: Use): Promise<UseAnswer> {
  switch (use.type) {
    case 'create':
      return create(library, use)
    case 'verify':
      return verify(library, use)
    case 'save': {
      const registers = await library.sessions.saveData(use.id, { [use.register]: use.value })
      return registers === null ? inactive('ended') : { type: 'saved', registers }
    }
    case 'end':
      return end(library, use)
    case 'end-all':
      return endAll(library, use)
    case 'rotate':
      return rotate(library, use)
    case 'list':
      return list(library, use)
    case 'sweep':
      await Promise.all([library.sessions.sweep(), library.grants.sweep()])
      return { type: 'swept' }
  }
}

function inactive(why: string): UseAnswer {
  return { type: 'inactive', reason: why }
}

async function create(
  { sessions, grants, clock }: Library,
  { kind, userId, pause }: UseOf<'create'>,
): Promise<UseAnswer> {
  const checkedAt = clock.now()
  await new Promise((resolve) => setTimeout(resolve, pause))
  if (kind === 'session') {
    const outcome = await sessions.signIn({ userId, credentialsCheckedAt: checkedAt })
    if (outcome.status === 'refused') return { type: 'refused', reason: outcome.reason }
    return { type: 'created', credential: ofSession(outcome), checkedAt }
  }
  const instants = { authenticatedAt: checkedAt, authorizedAt: checkedAt }
  const outcome = await grants.issue({ userId, clientId, scopes: ['use'], ...instants })
  if (outcome.status === 'refused') return { type: 'refused', reason: outcome.reason }
  return { type: 'created', credential: ofGrant(outcome), checkedAt }
}

function ofSession(issued: {
  readonly token: string
  readonly session: { readonly id: string }
}): Credential {
  return { id: issued.session.id, token: issued.token, rotatingToken: issued.token }
}

function ofGrant({ grant, accessToken, refreshToken }: IssuedTokens): Credential {
  return { id: grant.id, token: accessToken, rotatingToken: refreshToken }
}

async function verify(
  { sessions, grants }: Library,
  { kind, token, skipCache }: UseOf<'verify'>,
): Promise<UseAnswer> {
  if (kind === 'session') {
    const outcome = await sessions.verify(token, undefined, { skipCache })
    if (outcome.status === 'active') return { type: 'active', registers: outcome.session.data }
    return inactive(outcome.status === 'throttled' ? 'throttled' : outcome.reason)
  }
  if (skipCache) {
    const { kind: found } = await grants.inspect(token)
    return found === 'access' ? { type: 'active', registers: null } : inactive(found)
  }
  const outcome = await grants.verify(token)
  if (outcome.status === 'active') return { type: 'active', registers: null }
  return inactive(outcome.reason)
}

async function end(
  { sessions, grants }: Library,
  { kind, userId, id }: UseOf<'end'>,
): Promise<UseAnswer> {
  const owner = kind === 'session' ? sessions : grants
  const ended = await owner.revoke(userId, id, { reason })
  return { type: 'ended', ids: ended === null ? [] : [ended.id] }
}

async function endAll(
  { sessions, grants }: Library,
  { kind, userId }: UseOf<'end-all'>,
): Promise<UseAnswer> {
  const owner = kind === 'session' ? sessions : grants
  const ended = await owner.revokeAllForUser(userId, { reason })
  return { type: 'ended', ids: ended.map(({ id }) => id) }
}

async function rotate(
  { sessions, grants }: Library,
  { kind, token }: UseOf<'rotate'>,
): Promise<UseAnswer> {
  if (kind === 'session') {
    const outcome = await sessions.rotate(token, { grace: '1m' })
    if (outcome.status === 'refused') return { type: 'refused', reason: 'refused' }
    return { type: 'rotated', credential: ofSession(outcome) }
  }
  const outcome = await grants.refresh({ refreshToken: token, clientId })
  if (outcome.status === 'rejected') return { type: 'refused', reason: outcome.reason }
  return { type: 'rotated', credential: ofGrant(outcome) }
}

async function list(
  { sessions, grants }: Library,
  { kind, userId }: UseOf<'list'>,
): Promise<UseAnswer> {
  const found = kind === 'session' ? await sessions.listForUser(userId) : await grants.list(userId)
  return { type: 'listed', ids: found.map(({ id }) => id) }
}
