import type { Clock } from 'coatcheck'
import {
  formatRecoveryCode,
  parseRecoveryCode,
  recoveryCodeCount,
  recoveryCodeFrom,
  recoveryCodeLength,
} from '../../domain/recovery-code.ts'
import type { Throttled } from '../../domain/results.ts'
import type { Instant } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'
import type {
  RecoveryCodeRepository,
  RecoveryCodesStatus,
} from '../ports/recovery-code-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { CheckCode } from '../second-factors/check-factor.ts'
import type { ReportFactorChange } from '../second-factors/factor-changes.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface CreateRecoveryCodesRequest {
  readonly user: User
  readonly client: ClientInfo
  /** The session in which the user creates them. */
  readonly sessionId: string | null
}

export type CreateRecoveryCodesResult =
  /** The codes are secret and only their hashes are stored: show them now. */
  | {
      readonly status: 'created'
      readonly codes: readonly string[]
      /** Identifies them for `confirmSaved`. */
      readonly createdAt: Instant
    }
  | { readonly status: 'no-second-factor' }
  | Throttled

/**
 * Codes that replace a second factor which the user has lost (NIST 800-63B-4 section 4.2.1.1). Each works once. The
 * callers require a recent authentication. Rejects with `RepositoryError` only.
 */
export interface RecoveryCodes {
  status(userId: UserId): Promise<RecoveryCodesStatus>
  /**
   * Replaces all codes of the user by ten new ones, which count immediately. Only for users with a second factor, because
   * the second step asks no one else for a code.
   */
  create(request: CreateRecoveryCodesRequest): Promise<CreateRecoveryCodesResult>
  /** Records that the user has saved the codes created at that instant. */
  confirmSaved(userId: UserId, createdAt: Instant): Promise<void>
  /** A correct code is reported to the user by email, even if the sign-in fails afterward. */
  readonly checkCode: CheckCode
}

export interface RecoveryCodesDependencies {
  readonly recoveryCodes: RecoveryCodeRepository
  readonly reportFactorChange: ReportFactorChange
  readonly limits: Pick<Limits, 'recoveryCodes'>
  readonly secrets: Pick<Secrets, 'bytes' | 'hash'>
  readonly clock: Clock
}

export function createRecoveryCodes(dependencies: RecoveryCodesDependencies): RecoveryCodes {
  const { recoveryCodes, reportFactorChange, limits, secrets, clock } = dependencies
  const codeFactor = { kind: 'recovery-code', name: null } as const

  /**
   * SHA-256 is enough: 140 random bits cannot be guessed from a fast hash, unlike a password. With the user's id, so that
   * the hash matches no other account.
   */
  function hashOf(userId: UserId, code: string): string {
    return secrets.hash(`recovery-code ${userId} ${code}`)
  }

  function newCode(): string {
    return recoveryCodeFrom(secrets.bytes(recoveryCodeLength))
  }

  return {
    status: (userId) => recoveryCodes.status(userId),
    async create({ user, client, sessionId }) {
      if (user.secondFactors === 0) return { status: 'no-second-factor' }
      const throttled = await limits.recoveryCodes(user.id)
      if (throttled !== null) return throttled
      const codes = Array.from({ length: recoveryCodeCount }, newCode)
      const hashes = codes.map((code) => hashOf(user.id, code))
      const createdAt = clock.now()
      const { id: userId, passwordVersion } = user
      const newCodes = { userId, passwordVersion, hashes, createdAt }
      const isStored = await recoveryCodes.replace(newCodes)
      if (!isStored) return { status: 'no-second-factor' }
      const event = 'recovery-codes-created'
      await reportFactorChange({ user, event, ...codeFactor, ...client, sessionId })
      return { status: 'created', codes: codes.map(formatRecoveryCode), createdAt }
    },
    confirmSaved: (userId, createdAt) => recoveryCodes.confirmSaved(userId, createdAt, clock.now()),
    async checkCode({ user, code: text, client, sessionId }) {
      const code = parseRecoveryCode(text)
      if (code === null) return { status: 'wrong' }
      const isUsed = await recoveryCodes.use(user.id, hashOf(user.id, code), clock.now())
      if (!isUsed) return { status: 'wrong' }
      const { unused: unusedCodes } = await recoveryCodes.status(user.id)
      const event = 'recovery-code-used'
      await reportFactorChange({ user, event, ...codeFactor, ...client, sessionId, unusedCodes })
      return { status: 'correct', methods: ['otp'], unusedCodes }
    },
  }
}
