/**
 * Runs one step of background work, then waits at least as long as it took. Steps that run one after the other leave
 * half of the time to requests, on any machine.
 */
export type Pace = <Result>(step: () => Promise<Result>) => Promise<Result>

/** Lets waiting requests run before a long operation of another request continues. */
export type YieldToRequests = () => Promise<void>
