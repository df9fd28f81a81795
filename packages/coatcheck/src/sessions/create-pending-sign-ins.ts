import { unknownClient } from '../domain/client.ts'
import { isCorruptRecord } from '../domain/errors.ts'
import { type OptionNames, requireCallOptions } from '../domain/options.ts'
import {
  maxPendingSignInAttempts,
  maxPendingStateLength,
  type PendingSignInKey,
  type PendingSignInRecord,
  pendingSignInTimeout,
} from '../domain/pending-sign-in.ts'
import { isStorableText, requireArgument } from '../domain/storable.ts'
import {
  formatToken,
  idBytes,
  parsePendingToken,
  pendingSignInIdFrom,
  type Secret,
} from '../domain/token.ts'
import { type PassedMethods, toUsedMethods } from './authentication-methods.ts'
import { newSecret, type SessionsContext, toStoredUserId } from './context.ts'
import type {
  NoPendingSignIn,
  NoPendingSignInReason,
  PendingSignIn,
  PendingSignInRequest,
} from './pending-sign-ins.ts'
import { hashPresented, hashSecret, matchesHash } from './secret.ts'
import type { PendingSignInCompletion, PendingSignIns } from './sessions.ts'
import { createSessionCreation } from './sign-in.ts'

const requestNames: OptionNames<PendingSignInRequest> = {
  userId: true,
  methods: true,
  credentialsCheckedAt: true,
  client: true,
  remember: true,
  state: true,
  presentedToken: true,
}

const completionNames: OptionNames<PendingSignInCompletion<unknown>> = {
  methods: true,
  client: true,
  presentedToken: true,
  flash: true,
  data: true,
}

export function createPendingSignIns<Data>(context: SessionsContext<Data>): PendingSignIns<Data> {
  const { store, clock, report } = context
  const createSession = createSessionCreation(context)

  async function find(token: string | null | undefined): Promise<Found | NoPendingSignIn> {
    const presented = parsePresented(token)
    if ('status' in presented) return presented
    const record = await readable(store.findPendingSignIn(presented.key.id))
    if (record === null || !matchesHash(record.secretHash, hashPresented(presented.secret))) {
      return none('ended')
    }
    return clock.now() < record.expiresAt ? { ...presented, record } : none('expired')
  }

  return {
    async begin(request) {
      requireCallOptions('begin', request, requestNames)
      requireMethodNames(request.methods)
      const { presentedToken, client = unknownClient } = request
      const userId = await toStoredUserId(store, request.userId)
      const secret = newSecret(context.random)
      const record = createRecord(context, { ...request, userId }, secret)
      const presented = parsePresented(presentedToken)
      const replaces = 'key' in presented ? presented.key : null
      const { createdAt: at, methods } = record
      if (!(await store.addPendingSignIn({ record, replaces }))) {
        const reason = 'credentials-outdated'
        report({ type: 'sign-in-blocked', at, userId, reason, ...client })
        return { status: 'refused', reason }
      }
      const names = methods.map(({ method }) => method)
      report({ type: 'sign-in-pending', at, userId, methods: names, ...client })
      const token = formatToken({ id: record.id, secret })
      return { status: 'pending', token, pending: toPendingSignIn(record) }
    },

    async find(token) {
      const found = await find(token)
      if ('status' in found) return found
      const pending = toPendingSignIn(found.record)
      return pending.attemptsLeft === 0 ? none('too-many-attempts') : { status: 'pending', pending }
    },

    async attempt(token, client = unknownClient) {
      const presented = parsePresented(token)
      if ('status' in presented) return presented
      const at = clock.now()
      const limit = maxPendingSignInAttempts
      const counted = await readable(store.countPendingSignInAttempt(presented.key, { limit, at }))
      if (counted !== null && counted.attempts <= limit) {
        return { status: 'allowed', pending: toPendingSignIn(counted) }
      }
      if (counted === null) {
        // Only to say why: nothing was counted.
        const found = await find(token)
        return 'status' in found ? found : none('too-many-attempts')
      }
      const reason = 'too-many-attempts'
      report({ type: 'pending-sign-in-rejected', at, userId: counted.userId, reason, ...client })
      return none(reason)
    },

    async complete(token, completion) {
      requireCallOptions('complete', completion, completionNames)
      requireMethodNames(completion.methods)
      const found = await find(token)
      if ('status' in found) return found
      const { record, key } = found
      requireArgument(
        record.attempts > 0,
        'complete was called without an attempt: call attempt before the factor is checked, so that the number of guesses is limited',
      )
      const { userId, remember, credentialsCheckedAt } = record
      const methods = [...record.methods, ...toUsedMethods(completion.methods, clock.now())]
      const signIn = { ...completion, methods, userId, remember, credentialsCheckedAt }
      const outcome = await createSession(signIn, key)
      return outcome === 'pending-sign-in-ended' ? none('ended') : outcome
    },

    async cancel(token) {
      const presented = parsePresented(token)
      return 'key' in presented && store.removePendingSignIn(presented.key)
    },

    async endForUser(userId) {
      return store.endPendingSignIns(await toStoredUserId(store, userId), clock.now())
    },
  }
}

/** A damaged record is as good as none: the user begins again. */
async function readable(
  reading: Promise<PendingSignInRecord | null>,
): Promise<PendingSignInRecord | null> {
  try {
    return await reading
  } catch (error) {
    if (isCorruptRecord(error)) return null
    throw error
  }
}

interface Presented {
  readonly key: PendingSignInKey
  readonly secret: Secret
}

interface Found extends Presented {
  readonly record: PendingSignInRecord
}

/** Returns the key of a well-formed token. Any other does not reach the store. */
function parsePresented(token: string | null | undefined): Presented | NoPendingSignIn {
  if (token === null || token === undefined) return none('no-token')
  const parts = parsePendingToken(token)
  if (parts === null) return none('malformed')
  const { id, secret } = parts
  return { key: { id, secretHash: hashSecret(secret) }, secret }
}

function none(reason: NoPendingSignInReason): NoPendingSignIn {
  return { status: 'none', reason }
}

/** Throws `invalid-argument` for values that cannot be stored. */
function createRecord<Data>(
  { clock, random }: SessionsContext<Data>,
  request: PendingSignInRequest,
  secret: Secret,
): PendingSignInRecord {
  const now = clock.now()
  const { userId, methods, credentialsCheckedAt, remember = false, state = null } = request
  requireArgument(
    Number.isSafeInteger(credentialsCheckedAt),
    'credentialsCheckedAt must be the instant before the credentials were checked, in ms',
  )
  requireState(state)
  return {
    id: pendingSignInIdFrom(random.bytes(idBytes)),
    secretHash: hashSecret(secret),
    userId,
    methods: toUsedMethods(methods, now),
    createdAt: now,
    expiresAt: now + pendingSignInTimeout,
    credentialsCheckedAt,
    attempts: 0,
    remember,
    state,
  }
}

/** A step without a method would be a step that was not made. */
function requireMethodNames(methods: PassedMethods): void {
  const isAny = Array.isArray(methods) && methods.length > 0
  requireArgument(isAny, 'methods must say how the user has authenticated, such as ["pwd"]')
}

function requireState(state: string | null): void {
  const isText = state === null || (typeof state === 'string' && isStorableText(state))
  requireArgument(
    isText && (state ?? '').length <= maxPendingStateLength,
    `state must be text of at most ${maxPendingStateLength} characters without NUL`,
  )
}

function toPendingSignIn(record: PendingSignInRecord): PendingSignIn {
  const { secretHash: _hash, credentialsCheckedAt: _checkedAt, attempts, ...pending } = record
  return { ...pending, attemptsLeft: Math.max(0, maxPendingSignInAttempts - attempts) }
}
