import type { SessionStore } from '../../ports/session-store.ts'

/** A store to try out, over data that nothing else uses. Disposing of it clears everything up. */
export interface OpenedSessionStore extends AsyncDisposable {
  readonly store: SessionStore
  /**
   * Another view of the same data, as another process would have it: its own connection. Races are
   * run between the two. Default: `store` itself.
   */
  readonly second?: SessionStore
}

/** Opens a store without any session in it. */
export type OpenSessionStore = () => Promise<OpenedSessionStore>

/** One promise of the `SessionStore` port. */
export interface SessionStoreContractCase {
  /** What the case is about, such as `rotation`. */
  readonly theme: string
  /** What must hold. */
  readonly name: string
  /** Rejects when the promise is broken. Opens one store and disposes of it. */
  run(open: OpenSessionStore): Promise<void>
}

/** The two views that a case works with. */
export interface StoreViews {
  readonly store: SessionStore
  readonly second: SessionStore
}

/** Makes cases of a theme from what must hold and how to see it. */
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
