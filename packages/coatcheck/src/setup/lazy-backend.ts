import { isSessionError, SessionError } from '../domain/errors.ts'
import { requireMethods } from '../domain/options.ts'
import type { RevocationChannel, RevocationSubscription } from '../ports/revocation-channel.ts'
import type { BackendRequest, OpenedBackend, SessionBackend } from '../ports/session-backend.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { toSessionStore } from '../ports/session-store-members.ts'
import { expectedStore } from '../sessions/resolve-options.ts'

/** A backend that is opened when it is first used. */
export interface LazyBackend {
  readonly store: SessionStore
  readonly channel: RevocationChannel
  /** Opens the backend, unless it is open. Rejects if that fails; the next use tries again. */
  open(): Promise<OpenedBackend>
  close(): Promise<void>
}

/** Calls `onOpened` once, after the backend was opened. */
export function createLazyBackend(
  backend: SessionBackend,
  request: BackendRequest,
  onOpened: () => void,
): LazyBackend {
  let opened: OpenedBackend | null = null
  /** Shared by the uses that wait for it. Not kept if it fails: the database may be started later. */
  let opening: Promise<OpenedBackend> | null = null
  let isClosed = false

  async function openOnce(): Promise<OpenedBackend> {
    try {
      const backendOpened = await backend.open(request)
      requireMethods('the store of the backend', backendOpened.store, expectedStore)
      opened = backendOpened
      onOpened()
      return opened
    } catch (error) {
      throw isSessionError(error) ? error : toUnavailable(error)
    } finally {
      opening = null
    }
  }

  async function open(): Promise<OpenedBackend> {
    if (isClosed) throw new SessionError('closed', 'these sessions were closed')
    if (opened !== null) return opened
    opening ??= openOnce()
    return opening
  }

  return {
    store: createLazyStore(
      backend,
      () => opened?.store ?? null,
      async () => (await open()).store,
    ),
    channel: createLazyChannel(() => opened, open),
    open,
    async close() {
      isClosed = true
      // One that fails has closed what it had opened.
      await opening?.catch(() => {})
      const closing = opened
      opened = null
      await closing?.close()
    },
  }
}

function toUnavailable(cause: unknown): SessionError {
  // Not with the message of the cause, which may contain a password.
  return new SessionError('store-unavailable', 'The store cannot be opened: see `cause`', { cause })
}

/** Once the backend is open, an operation costs one comparison more. */
function createLazyStore(
  backend: SessionBackend,
  current: () => SessionStore | null,
  open: () => Promise<SessionStore>,
): SessionStore {
  const use = <Result>(operation: (store: SessionStore) => Promise<Result>): Promise<Result> => {
    const store = current()
    return store === null ? open().then(operation) : operation(store)
  }

  return toSessionStore({
    sweepBatch: backend.sweepBatch,
    insert: (insertion) => use((store) => store.insert(insertion)),
    find: (id) => use((store) => store.find(id)),
    listByUser: (userId, at) => use((store) => store.listByUser(userId, at)),
    replaceSecret: (id, replacement) => use((store) => store.replaceSecret(id, replacement)),
    updateData: (id, update) => use((store) => store.updateData(id, update)),
    touch: (activities, precision) => use((store) => store.touch(activities, precision)),
    // The results are those of a store without these operations.
    normalizeUserId: (userId) =>
      use(async (store) =>
        store.normalizeUserId === undefined ? userId : store.normalizeUserId(userId),
      ),
    hasEndedWithoutSuccessor: (id) =>
      use(async (store) => (await store.hasEndedWithoutSuccessor?.(id)) ?? false),
    claimSweep: (claim) => use(async (store) => (await store.claimSweep?.(claim)) ?? true),
    countUnended: (page) => use(async (store) => (await store.countUnended?.(page)) ?? null),
    currentTime: () => use(async (store) => (await store.currentTime?.()) ?? null),
    within(transaction) {
      /** One for all operations, which it runs one after another. */
      let inner: SessionStore | null = null
      const enter = (store: SessionStore): SessionStore => {
        inner ??= requireTransactions(store)(transaction)
        return inner
      }
      const store = current()
      if (store !== null) return enter(store)
      return createLazyStore(
        backend,
        () => inner,
        async () => enter(await open()),
      )
    },
    end: (id, ending) => use((store) => store.end(id, ending)),
    endByUser: (userId, ending, except) => use((store) => store.endByUser(userId, ending, except)),
    addPendingSignIn: (addition) => use((store) => store.addPendingSignIn(addition)),
    findPendingSignIn: (id) => use((store) => store.findPendingSignIn(id)),
    countPendingSignInAttempt: (key, count) =>
      use((store) => store.countPendingSignInAttempt(key, count)),
    removePendingSignIn: (key) => use((store) => store.removePendingSignIn(key)),
    endPendingSignIns: (userId, at) => use((store) => store.endPendingSignIns(userId, at)),
    purgePendingSignIns: (expiredBefore, limit) =>
      use((store) => store.purgePendingSignIns(expiredBefore, limit)),
    endExpired: (sweep) => use((store) => store.endExpired(sweep)),
    purge: (endedBefore, limit) => use((store) => store.purge(endedBefore, limit)),
  })
}

function requireTransactions(store: SessionStore): Required<SessionStore>['within'] {
  const { within } = store
  if (within !== undefined) return (transaction) => within.call(store, transaction)
  throw new SessionError('invalid-argument', 'The session store does not support transactions')
}

/** Confirms nothing until the backend is open, so that the cache is not used. */
function createLazyChannel(
  current: () => OpenedBackend | null,
  open: () => Promise<OpenedBackend>,
): RevocationChannel {
  return {
    subscribe(options) {
      let inner: RevocationSubscription | null = null
      let isClosed = false

      function subscribeIfOpen(): void {
        if (inner !== null || isClosed) return
        inner = current()?.channel?.subscribe(options) ?? null
      }

      subscribeIfOpen()
      // A failure is reported by the operation that needs the store. A later one may open it.
      if (current() === null) open().then(subscribeIfOpen, () => {})
      return {
        freshAsOf: () => inner?.freshAsOf() ?? Number.NEGATIVE_INFINITY,
        requestHeartbeat() {
          subscribeIfOpen()
          inner?.requestHeartbeat()
        },
        async close() {
          isClosed = true
          await inner?.close()
        },
      }
    },
  }
}
