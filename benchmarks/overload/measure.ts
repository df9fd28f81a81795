import { setTimeout } from 'node:timers/promises'
import { startChild } from '../harness/child.ts'
import type { AppServer } from './app-server.ts'
import type { Attack } from './attack-process.ts'
import { type Latencies, measureLatencies } from './latencies.ts'

export interface Measurement {
  readonly database: string
  readonly load: string
  readonly health: Latencies
  readonly redirect: Latencies
  /** Maximum resident memory of the app, in bytes. */
  readonly memory: number
}

/** How long each load lasts, in seconds. */
const seconds = 10

interface Load {
  readonly name: string
  /** `null` for none. */
  readonly attack: Attack | null
}

/** The memory of a process grows, so the loads that need most are last. */
function loadsOn({ port, shortPath }: AppServer): readonly Load[] {
  const pipelining = { kind: 'pipelining', port, seconds } as const
  return [
    { name: 'none', attack: null },
    { name: '200 sign-ins at once', attack: { kind: 'sign-in', port, seconds, clients: 200 } },
    {
      name: '4.9 MB of pipelined redirects',
      attack: { ...pipelining, path: shortPath, connections: 1, bytes: 4_900_000 },
    },
    {
      name: '20 connections, 1 MB of pipelined pages each',
      attack: { ...pipelining, path: '/login', connections: 20, bytes: 1_000_000 },
    },
  ]
}

/** Measures the app without load and under each load. */
export async function measureLoads(
  app: AppServer,
  database: string,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = []
  for (const { name, attack } of loadsOn(app)) {
    console.log(`… ${database}, load: ${name}`)
    measurements.push({ database, load: name, ...(await measureLoad(app, attack)) })
  }
  return measurements
}

async function measureLoad(app: AppServer, attack: Attack | null) {
  const child = startChild('../overload/attack-process.ts', [])
  let memory = app.memory()
  const timer = setInterval(() => {
    memory = Math.max(memory, app.memory())
  }, 20)
  try {
    const ended = attack === null ? setTimeout(seconds * 1_000) : child.request(attack)
    const [health, redirect] = await Promise.all([
      measureLatencies({ port: app.port, path: '/health', expectedStatus: 200 }, ended),
      measureLatencies({ port: app.port, path: app.shortPath, expectedStatus: 302 }, ended),
    ])
    return { health, redirect, memory }
  } finally {
    clearInterval(timer)
    await child.stop()
  }
}
