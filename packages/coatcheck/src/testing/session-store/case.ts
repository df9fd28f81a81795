import type { SessionStore } from '../../ports/session-store.ts'
import type { ContractCase } from '../contract-case.ts'

/** A store to test, with data that nothing else uses. Disposing of it releases everything. */
export interface OpenedSessionStore extends AsyncDisposable {
  readonly store: SessionStore
  /**
   * A second store on the same data with its own connection, like that of another process.
   * Concurrent operations use both. Default: `store` itself.
   */
  readonly second?: SessionStore
  /** Opens a transaction of the app, for stores with `within`, on a connection of its own. */
  readonly begin?: () => Promise<OpenedTransaction>
}

/** A transaction that the app has opened. Each test ends it. */
export interface OpenedTransaction {
  /** The argument of `within`. */
  readonly transaction: object
  commit(): Promise<void>
  rollBack(): Promise<void>
}

/** Opens an empty store. */
export type OpenSessionStore = () => Promise<OpenedSessionStore>

/** One guarantee of the `SessionStore` port. */
export interface SessionStoreContractCase extends ContractCase<OpenSessionStore> {
  /** The topic, such as `rotation`. */
  readonly theme: string
}

/** The two stores of a case, on the same data. */
export interface StoreViews {
  readonly store: SessionStore
  readonly second: SessionStore
}

/** Says what a case needs and the opened store lacks, or `null` if it has everything. */
type FindMissing = (opened: OpenedSessionStore) => string | null

/** Creates the cases of a theme from their names and bodies. */
export function sessionStoreCases(
  theme: string,
  bodies: Readonly<Record<string, (views: StoreViews) => Promise<void>>>,
  findMissing: FindMissing = () => null,
): readonly SessionStoreContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    theme,
    name,
    async run(open) {
      await using opened = await open()
      const notRun = findMissing(opened)
      if (notRun !== null) return { notRun }
      await body({ store: opened.store, second: opened.second ?? opened.store })
      return undefined
    },
  }))
}
