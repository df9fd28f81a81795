import type { GrantId } from '../domain/grant.ts'
import { type OptionNames, requireCallOptions } from '../domain/options.ts'
import { isEndReason } from '../domain/session.ts'
import { requireActor, requireArgument } from '../domain/storable.ts'
import type { EndedGrant, GrantEnding } from '../ports/grant-store.ts'
import {
  type GrantsContext,
  orUnreadable,
  reportRevoked,
  requireClient,
  requireGrantUser,
  toStoredUser,
} from './context.ts'
import type { GrantRevocation, Grants, TokenRevocation } from './grants.ts'
import { identifyToken } from './identify-token.ts'
import { toGrant } from './loaded-grant.ts'

const revocationNames: OptionNames<GrantRevocation> = { reason: true, by: true }
const tokenRevocationNames: OptionNames<TokenRevocation> = { token: true, clientId: true }

/** Grants of a client that one statement ends. */
const clientBatch = 500

/** Lists and ends grants. */
export function createRevocations(context: GrantsContext) {
  const { store, clock, report } = context

  const revokeToken: Grants['revokeToken'] = async (revocation) => {
    requireCallOptions('revokeToken', revocation, tokenRevocationNames)
    requireClient(revocation.clientId)
    const identified = await identifyToken(context, revocation.token)
    if (identified === null || identified.grant.clientId !== revocation.clientId) return null
    return end(identified.grant.id, { reason: 'ended-by-client', at: clock.now(), by: null })
  }

  const revoke: Grants['revoke'] = async (spelling, grantId, revocation) => {
    requireCallOptions('revoke', revocation, revocationNames)
    requireArgument(typeof grantId === 'string', 'a grant id is a string')
    const ending = toEnding(revocation)
    const userId = await toStoredUser(store, spelling)
    const id = grantId as GrantId
    // Not a race with the end of the grant: the user of a grant never changes.
    const found = await orUnreadable(context, id, context.read(id))
    // The user of a corrupt record is unknown. Its tokens are rejected, and `revokeAllForUser` ends it.
    if (found === null || found === 'unreadable') return null
    return found.userId === userId ? end(id, ending) : null
  }

  async function end(id: GrantId, ending: GrantEnding): Promise<EndedGrant | null> {
    const ended = await store.end(id, ending)
    if (ended !== null) reportRevoked(report, [ended], ending)
    return ended
  }

  const revokeAllForUser: Grants['revokeAllForUser'] = async (spelling, revocation) => {
    requireCallOptions('revokeAllForUser', revocation, revocationNames)
    // The cache finds the user's grants by the user id of their records.
    const userId = await toStoredUser(store, spelling)
    const ending = toEnding(revocation)
    const ended = await store.endByUser(userId, ending)
    reportRevoked(report, ended, ending)
    return ended
  }

  const revokeAllOfClient: Grants['revokeAllOfClient'] = async (clientId, revocation) => {
    requireCallOptions('revokeAllOfClient', revocation, revocationNames)
    requireClient(clientId)
    const ending = toEnding(revocation)
    let count = 0
    let ended: readonly EndedGrant[]
    do {
      ended = await store.endByClient(clientId, ending, clientBatch)
      reportRevoked(report, ended, ending)
      count += ended.length
    } while (ended.length === clientBatch)
    return count
  }

  const list: Grants['list'] = async (userId) => {
    requireGrantUser(userId)
    const records = await store.listByUser(userId, clock.now())
    return records.map(toGrant)
  }

  function toEnding({ reason, by = null }: GrantRevocation): GrantEnding {
    const isText = typeof reason === 'string' && isEndReason(reason)
    requireArgument(isText, 'reason must be 1 to 64 characters of a-z, 0-9 and -')
    const isTimeout = reason === 'absolute-timeout' || reason === 'idle-timeout'
    requireArgument(
      !isTimeout,
      `reason must not be ${reason}: only the library ends expired grants`,
    )
    requireActor(by)
    return { reason, by, at: clock.now() }
  }

  return { revokeToken, revoke, revokeAllForUser, revokeAllOfClient, list }
}
