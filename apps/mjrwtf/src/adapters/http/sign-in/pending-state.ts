import { z } from 'zod'
import type { UsedIdentity } from './establish-session.ts'

/** What the app needs to complete a pending sign-in. */
export interface PendingState {
  /** Path to open after signing in. */
  readonly next: string | null
  /** Version of the password of the first step. Another one means that it has changed since. */
  readonly passwordVersion: number
  /** The identity of the first step, if it was one. */
  readonly identity: UsedIdentity | null
}

const stateSchema = z
  .tuple([
    z.string().nullable(),
    z.number(),
    z
      .object({
        issuer: z.string(),
        subject: z.string(),
        sid: z.string().nullable(),
        startedAt: z.number(),
      })
      .nullable(),
  ])
  .transform(([next, passwordVersion, identity]) => ({ next, passwordVersion, identity }))

/** The library stores up to 4,096 characters. A longer path is dropped: the user opens the dashboard instead. */
const maxNextLength = 2_000

export function formatPendingState({ next, passwordVersion, identity }: PendingState): string {
  const kept = next !== null && next.length <= maxNextLength ? next : null
  return JSON.stringify([kept, passwordVersion, identity])
}

/** `null` for the state of another release, which must start again. */
export function parsePendingState(text: string | null): PendingState | null {
  return text === null ? null : (stateSchema.safeParse(JSON.parse(text)).data ?? null)
}
