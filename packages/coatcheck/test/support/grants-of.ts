import type { OpenedGrantStore, OpenedRevocationChannel } from 'coatcheck/testing-contracts'

/** The stores of grants that were opened beside sessions and their channel. */
export interface WithGrants {
  readonly grants: Pick<OpenedGrantStore, 'store' | 'second'>
}

/** Returns a function that opens the grants beside sessions. */
export function grantsOf(
  open: () => Promise<AsyncDisposable & WithGrants & Partial<OpenedRevocationChannel>>,
): () => Promise<OpenedGrantStore> {
  return async () => {
    const { grants, channel, [Symbol.asyncDispose]: dispose } = await open()
    return {
      ...grants,
      ...(channel !== undefined && { channel }),
      [Symbol.asyncDispose]: dispose,
    }
  }
}
