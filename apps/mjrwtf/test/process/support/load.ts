/** Work that is done over and over by many at once until it is called off. */
export interface Load {
  /** Calls it off and waits until all who were still at it are done. */
  end(): Promise<void>
}

/** Starts `clients` that each repeat the work, one after the other, until it rejects or is called off. */
export function startLoad(clients: number, work: (client: number) => Promise<void>): Load {
  let isRunning = true
  async function repeat(client: number): Promise<void> {
    while (isRunning) await work(client)
  }
  // The program is killed under them: a request without an answer is the end of a client, not of the test.
  const all = Array.from({ length: clients }, (_, client) => repeat(client).catch(() => {}))
  return {
    async end() {
      isRunning = false
      await Promise.all(all)
    },
  }
}
