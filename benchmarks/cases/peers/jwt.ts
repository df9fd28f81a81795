import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'

/** Signs and verifies the JWTs of a user. */
export interface Jwt {
  sign(userId: string): Promise<string>
  /** Returns the user, or `null` if signature, algorithm, issuer, audience or expiry is invalid. */
  verify(token: string): Promise<string | null>
}

const audience = 'benchmark'
const issuer = 'https://benchmark.example'

/** JWTs by jose, with keys that are imported once and are the same in every process. */
export async function createJwt(alg: string): Promise<Jwt> {
  const { signWith, verifyWith } = alg === 'HS256' ? await secretKeys() : pairOfKeys()
  const options = { algorithms: [alg], audience, issuer }
  return {
    sign: (userId) =>
      new SignJWT()
        .setProtectedHeader({ alg })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('24h')
        .sign(signWith),
    async verify(token) {
      const verified = await jwtVerify(token, verifyWith, options).catch(() => null)
      return verified?.payload.sub ?? null
    },
  }
}

const seed = createHash('sha256').update('only for benchmarks').digest()

async function secretKeys() {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', seed, algorithm, false, ['sign', 'verify'])
  return { signWith: key, verifyWith: key }
}

/** The seed as an Ed25519 key, encoded as this prefix and 32 bytes (RFC 8410 section 7). */
function pairOfKeys() {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  const signWith = createPrivateKey({
    key: Buffer.concat([prefix, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  return {
    signWith: toCryptoKey(signWith, 'sign'),
    verifyWith: toCryptoKey(createPublicKey(signWith), 'verify'),
  }
}

function toCryptoKey(key: KeyObject, usage: 'sign' | 'verify') {
  return key.toCryptoKey('Ed25519', false, [usage])
}
