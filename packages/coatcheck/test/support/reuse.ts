/** What one case after another can use. Disposing of it releases everything. */
export interface Reusable extends AsyncDisposable {
  /** Removes all data that a case may have stored. */
  empty(): Promise<unknown>
}

/**
 * Gives each case what an earlier one has left, emptied, or a new one if none is free: to create the tables
 * and to connect to them takes longer than most cases.
 */
export function createReuse<Opened extends Reusable>(create: () => Promise<Opened>) {
  const free: Opened[] = []
  return {
    async open(): Promise<Opened> {
      const opened = free.pop() ?? (await create())
      return {
        ...opened,
        async [Symbol.asyncDispose]() {
          await opened.empty()
          free.push(opened)
        },
      }
    },

    async close(): Promise<void> {
      await Promise.all(free.splice(0).map((opened) => opened[Symbol.asyncDispose]()))
    },
  }
}
