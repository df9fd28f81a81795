import type { GrantStore } from '../../ports/grant-store.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { ContractCase } from '../contract-case.ts'

/** A grant store to test, with data that nothing else uses. Disposing of it releases everything. */
export interface OpenedGrantStore extends AsyncDisposable {
  readonly store: GrantStore
  /**
   * A second store on the same data with its own connection, like that of another process. Concurrent operations use
   * both. Default: `store` itself.
   */
  readonly second?: GrantStore
  /** The revocation channel of the same database. Without it, the cases of notifications do not run. */
  readonly channel?: RevocationChannel
}

/** Opens an empty store. */
export type OpenGrantStore = () => Promise<OpenedGrantStore>

/** One guarantee of the `GrantStore` port. */
export interface GrantStoreContractCase extends ContractCase<OpenGrantStore> {
  /** The topic, such as `rotation`. */
  readonly theme: string
}

/** The two stores of a case, on the same data. */
export interface GrantStoreViews {
  readonly store: GrantStore
  readonly second: GrantStore
}

/** Creates the cases of a theme from their names and bodies. */
export function grantStoreCases(
  theme: string,
  bodies: Readonly<Record<string, (views: GrantStoreViews) => Promise<void>>>,
): readonly GrantStoreContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    theme,
    name,
    async run(open) {
      await using opened = await open()
      await body({ store: opened.store, second: opened.second ?? opened.store })
      return undefined
    },
  }))
}
