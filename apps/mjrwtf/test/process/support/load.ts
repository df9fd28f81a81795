/** Clients that repeat some work concurrently. */
export interface Load {
  /** Stops the clients after their current run and waits for them. */
  end(): Promise<void>
}

/** Starts `clients` clients. Each repeats the work until it rejects or the load ends. */
export function startLoad(clients: number, work: (client: number) => Promise<void>): Load {
  let isRunning = true
  async function repeat(client: number): Promise<void> {
    while (isRunning) await work(client)
  }
  // The program may be killed during a request; this ends the client, not the test.
  const all = Array.from({ length: clients }, (_, client) => repeat(client).catch(() => {}))
  return {
    async end() {
      isRunning = false
      await Promise.all(all)
    },
  }
}
