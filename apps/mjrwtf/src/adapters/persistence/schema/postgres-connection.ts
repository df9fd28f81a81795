import pg from 'pg'
import { codeOf } from '../database.ts'
import { PersistenceError, type PersistenceErrorCode } from '../persistence-error.ts'

/** Limits how long a request waits for the database before it fails with 503, in ms. */
export const databaseTimeout = 5_000

export function createPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  // An unhandled error event of a broken connection would end the process. A connection in use reports the failure by
  // its statement; the pool replaces an idle one.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

function ignore(): void {}

type Advice = readonly [PersistenceErrorCode, string]

/** What the operator can do, by SQLSTATE. */
const adviceByState: Readonly<Record<string, Advice>> = {
  '28P01': ['database-unreachable', 'The user or the password of DATABASE_URL is wrong.'],
  '3D000': [
    'database-unreachable',
    'The database does not exist. Create it, or check DATABASE_URL.',
  ],
  '42501': [
    'missing-privilege',
    'The role has not the privileges that it needs. Run "mjrwtf migrate up" with DATABASE_MIGRATION_URL set to a role that may change the tables; docs/upgrades.md lists the privileges of both.',
  ],
  '55P03': [
    'database-locked',
    'A table is in use, by a backup or by another migration. Nothing was changed. Try again when it has finished.',
  ],
}

const ownAuthority =
  'If it is right, name its authority: DATABASE_URL=…?sslmode=verify-full&sslrootcert=FILE.'
const nothingSent = 'Nothing was sent to it, not even the password.'

function certificateAdvice(problem: string): Advice {
  return ['certificate-rejected', `${problem} ${nothingSent} ${ownAuthority}`]
}

const untrusted = certificateAdvice('Its certificate is not trusted.')

/** By code of OpenSSL and of Node (ASVS 5.0 V12.3.2). */
const adviceByCertificate: Readonly<Record<string, Advice>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_HAS_EXPIRED: [
    'certificate-rejected',
    `Its certificate has expired, or the clock of this machine is wrong. ${nothingSent}`,
  ],
  CERT_NOT_YET_VALID: [
    'certificate-rejected',
    `Its certificate is not valid yet, or the clock of this machine is wrong. ${nothingSent}`,
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'certificate-rejected',
    `Its certificate belongs to another host. ${nothingSent} Use the host name of the certificate in DATABASE_URL.`,
  ],
}

const noTls: Advice = [
  'certificate-rejected',
  `It offers no TLS. ${nothingSent} Turn TLS on there, or set sslmode=disable on a private network.`,
]

function adviceFor(reason: string): Advice {
  if (/does not support SSL/.test(reason)) return noTls
  return (
    adviceByState[reason] ??
    adviceByCertificate[reason] ?? [
      'database-unreachable',
      'Check that it is running, and check DATABASE_URL.',
    ]
  )
}

/** Omits the URL, which contains the password. */
export function toPersistenceError(url: string, error: unknown): PersistenceError {
  if (error instanceof PersistenceError) return error
  const { host, pathname } = new URL(url)
  const reason = codeOf(error) || (error instanceof Error ? error.message : 'unknown')
  const [code, help] = adviceFor(reason)
  const message = `Cannot use PostgreSQL at ${host}${pathname} (${reason}). ${help}`
  return new PersistenceError(code, message, { cause: error })
}
