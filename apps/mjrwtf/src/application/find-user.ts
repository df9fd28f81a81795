import type { User, UserId } from '../domain/user.ts'

/** The user as they are now: asked on every request, so that a removed account stops at once (ASVS 5.0 V7.4.2). */
export type FindUser = (id: UserId) => Promise<User | null>

/** The operator, for whom shared bearer tokens act; `null` until the first account exists. */
export type FindOperator = () => Promise<User | null>
