import type { SessionStore } from '../../ports/session-store.ts'

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
export interface SessionStoreContractCase {
  /** The topic, such as `rotation`. */
  readonly theme: string
  /** The guarantee. */
  readonly name: string
  /** Rejects if the store breaks the guarantee. Opens one store and disposes of it. */
  run(open: OpenSessionStore): Promise<void>
}

/** The two stores of a case, on the same data. */
export interface StoreViews {
  readonly store: SessionStore
  readonly second: SessionStore
}

/** Creates the cases of a theme from their names and bodies. */
export function sessionStoreCases(
  theme: string,
  bodies: Readonly<Record<string, (views: StoreViews) => Promise<void>>>,
): readonly SessionStoreContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    theme,
    name,
    async run(open) {
      await using opened = await open()
      await body({ store: opened.store, second: opened.second ?? opened.store })
    },
  }))
}
