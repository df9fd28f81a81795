import type { Busy } from '../../domain/results.ts'
import type { LinkChanges } from '../ports/link-repository.ts'
import type { PasswordHasher } from '../ports/passwords.ts'

export type HashedLinkPassword =
  | { readonly status: 'ok'; readonly changes: Pick<LinkChanges, 'passwordHash'> }
  | Busy

/** Hashes the password of a link, as parsed. Waits for a hash only if there is one. */
export async function hashLinkPassword(
  hasher: Pick<PasswordHasher, 'hash'>,
  password: string | null | undefined,
  ipAddress: string | null,
): Promise<HashedLinkPassword> {
  if (password === undefined) return { status: 'ok', changes: {} }
  if (password === null) return { status: 'ok', changes: { passwordHash: null } }
  const hashed = await hasher.hash(password, ipAddress)
  return hashed.status === 'busy'
    ? hashed
    : { status: 'ok', changes: { passwordHash: hashed.hash } }
}
