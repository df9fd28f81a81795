import { type Child, startChild } from './child.ts'
import type { Credential } from './sign-in.ts'

/** What the process that makes the load is told. */
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
  /** At least so long, */
  readonly seconds: number
  /** and until every session has had its turn so many times. */
  readonly rotations: number
}

/** What came of it. Every one of the requests was answered, and rightly. */
export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Latency in ms. */
  readonly p50: number
  readonly p99: number
}

/** Makes load, from a process of its own. */
export interface Load {
  /** Hands over the sessions of a server, whose cookies are then sent in turn. */
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
      throw new Error(`The load on ${name} came to nothing`)
    },
    stop: child.stop,
  }
}

function isLoadResult(result: unknown): result is LoadResult {
  return typeof result === 'object' && result !== null && 'requests' in result
}
