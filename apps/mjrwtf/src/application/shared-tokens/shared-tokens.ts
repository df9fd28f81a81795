import type { Clock } from 'coatcheck'
import {
  type Deprecation,
  programName,
  type SharedTokenUse,
  sunsetDelay,
  type TokenAuthPhase,
} from '../../domain/shared-token.ts'
import { hour, type Instant } from '../../domain/time.ts'
import type { Log } from '../ports/log.ts'
import type { CodeHasher } from '../ports/secrets.ts'
import type { SharedTokenRepository } from '../ports/shared-token-repository.ts'

export interface SharedTokenOptions {
  /** The configured tokens. Secrets. */
  readonly authTokens: readonly string[]
  readonly phase: TokenAuthPhase
  /** When the operator intends to disable them; `null` for the default. */
  readonly sunset: Instant | null
}

export interface SharedTokensDependencies {
  readonly sharedTokens: Pick<SharedTokenRepository, 'list' | 'startDeprecation' | 'endDeprecation'>
  readonly options: SharedTokenOptions
  readonly codeHasher: Pick<CodeHasher, 'hash'>
  /** Queues a use to be stored. */
  readonly addSharedTokenUse: (use: SharedTokenUse) => void
  readonly clock: Clock
  readonly log: Log
}

export interface TokenClient {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** A configured token, and who has used it. */
export interface SharedTokenReport {
  /** Its place in the configuration, from 1; `null` for one that was configured before. */
  readonly number: number | null
  readonly tokenKey: string
  readonly uses: readonly SharedTokenUse[]
}

/** The shared tokens of the old service, while they are phased out. */
export interface SharedTokens {
  readonly phase: TokenAuthPhase
  readonly count: number
  /** Records that a client has used the token with this index. Never waits and never throws. */
  recordUse(tokenIndex: number, client: TokenClient): void
  /** The dates for the responses, or `null` if the tokens are not deprecated. Reads the database once. */
  deprecation(): Promise<Deprecation | null>
  /** The configured tokens in their order, then those of earlier configurations. */
  report(): Promise<readonly SharedTokenReport[]>
}

export function createSharedTokens(dependencies: SharedTokensDependencies): SharedTokens {
  const { sharedTokens, options, codeHasher, clock } = dependencies
  const { authTokens, phase } = options
  const keys = authTokens.map((token) => tokenKey(codeHasher, token))
  const logUse = createUseLog(dependencies)
  let deprecation: Promise<Deprecation | null> | null = null

  async function readDeprecation(): Promise<Deprecation | null> {
    if (phase !== 'deprecated') {
      await sharedTokens.endDeprecation()
      return null
    }
    const since = await sharedTokens.startDeprecation(wholeSecond(clock.now()))
    return { since, sunset: options.sunset ?? since + sunsetDelay }
  }

  return {
    phase,
    count: authTokens.length,
    recordUse(tokenIndex, { ipAddress, userAgent }) {
      const at = clock.now()
      const client = `${ipAddress ?? 'unknown address'} ${programName(userAgent)}`
      const use = { tokenKey: keys[tokenIndex] ?? '', client }
      dependencies.addSharedTokenUse({ ...use, uses: 1, firstUsedAt: at, lastUsedAt: at })
      if (phase === 'deprecated') logUse({ ...use, number: tokenIndex + 1, at })
    },
    deprecation() {
      deprecation ??= readDeprecation().catch((error) => {
        deprecation = null
        throw error
      })
      return deprecation
    },
    async report() {
      const byToken = Map.groupBy(await sharedTokens.list(), (use) => use.tokenKey)
      const former = [...byToken.keys()].filter((key) => !keys.includes(key))
      return [...keys, ...former].map((key, index) => ({
        number: index < keys.length ? index + 1 : null,
        tokenKey: key,
        uses: byToken.get(key) ?? [],
      }))
    },
  }
}

/** Keyed, because a token may be short enough to be guessed. A new secret key starts new counts. */
function tokenKey({ hash }: Pick<CodeHasher, 'hash'>, token: string): string {
  return hash(`shared token\n${token}`).slice(0, 12)
}

/** The header counts whole seconds. */
function wholeSecond(at: Instant): Instant {
  return at - (at % 1_000)
}

interface LoggedUse {
  readonly tokenKey: string
  readonly client: string
  readonly number: number
  readonly at: Instant
}

/** Uses that are remembered, so that a flood of clients does not grow without bound. */
const maxRemembered = 1_000

/** Logs each token and client at most once an hour. */
function createUseLog({ log }: Pick<SharedTokensDependencies, 'log'>) {
  const loggedAt = new Map<string, Instant>()
  return function logUse({ tokenKey, client, number, at }: LoggedUse): void {
    const key = `${tokenKey} ${client}`
    if (at - (loggedAt.get(key) ?? Number.NEGATIVE_INFINITY) < hour) return
    if (loggedAt.size >= maxRemembered) loggedAt.clear()
    loggedAt.set(key, at)
    log.warn({ event: 'shared-token-used', token: number, tokenKey, client }, 'deprecated token')
  }
}

/** Sums the uses of a batch, so that each token and client needs one write. */
export function sumUses(uses: readonly SharedTokenUse[]): readonly SharedTokenUse[] {
  const groups = Map.groupBy(uses, ({ tokenKey, client }) => `${tokenKey} ${client}`)
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    return [
      {
        ...first,
        uses: group.reduce((sum, { uses: count }) => sum + count, 0),
        firstUsedAt: Math.min(...group.map(({ firstUsedAt }) => firstUsedAt)),
        lastUsedAt: Math.max(...group.map(({ lastUsedAt }) => lastUsedAt)),
      },
    ]
  })
}
