import { type Child, startChild } from './child.ts'
import type { Credential } from './sign-in.ts'

/** Orders for the process that creates the load. */
export type LoadOrder =
  | {
      readonly command: 'prepare'
      readonly name: string
      readonly credentials: readonly Credential[]
    }
  | ({ readonly command: 'run'; readonly name: string } & LoadShape)

export interface LoadShape {
  readonly port: number
  readonly connections: number
  /** Minimum duration, */
  readonly seconds: number
  /** and the minimum number of requests per session. */
  readonly rotations: number
}

/** The result of a load. Every request got the expected response. */
export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Latency in ms. */
  readonly p50: number
  readonly p99: number
}

/** Creates load from a separate process. */
export interface Load {
  /** Passes the sessions of a server, whose cookies are then sent in turn. */
  prepare(name: string, credentials: readonly Credential[]): Promise<void>
  run(name: string, shape: LoadShape): Promise<LoadResult>
  stop(): Promise<void>
}

export function startLoad(): Load {
  const child: Child = startChild('load-process.ts', [])
  async function request(order: LoadOrder): Promise<unknown> {
    return child.request(order)
  }

  return {
    async prepare(name, credentials) {
      await request({ command: 'prepare', name, credentials })
    },
    async run(name, shape) {
      const result = await request({ command: 'run', name, ...shape })
      if (isLoadResult(result)) return result
      throw new Error(`The load on ${name} sent no request`)
    },
    stop: child.stop,
  }
}

function isLoadResult(result: unknown): result is LoadResult {
  return typeof result === 'object' && result !== null && 'requests' in result
}
