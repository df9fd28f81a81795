import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Cipher, EncryptedValue } from '../../application/ports/encryption.ts'

const algorithm = 'aes-256-gcm'
/** 96 bits, random for each value (SP 800-38D section 8.2.2): safe for 2^32 values under one key. */
const nonceBytes = 12
const tagBytes = 16

/**
 * AES-256-GCM (ASVS 5.0 V11.3.2). Each secret has a key for this purpose, derived with HKDF, and an id, which is another
 * output of it and therefore reveals neither. A ciphertext is the nonce, the encrypted value and the tag.
 * `secrets`: newest first. Throws `RangeError` if there is none.
 */
export function createCipher(secrets: readonly string[], purpose: string): Cipher {
  const keys = secrets.map((secret) => ({
    id: Buffer.from(derive(secret, 'key id', 9)).toString('base64url'),
    key: derive(secret, `${purpose} encryption`, 32),
  }))
  const [newest] = keys
  if (newest === undefined) throw new RangeError('There is no secret key to encrypt with.')
  const keysById = new Map(keys.map(({ id, key }) => [id, key]))

  return {
    newestKeyId: newest.id,
    olderKeyIds: [...keysById.keys()].filter((id) => id !== newest.id),
    encrypt(plaintext, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, newest.key, nonce).setAAD(encode(context))
      const encrypted = [nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
      return { keyId: newest.id, ciphertext: Buffer.concat(encrypted) }
    },
    decrypt(value, context) {
      const key = keysById.get(value.keyId)
      if (key === undefined) return { status: 'missing-key' }
      const plaintext = open(value, key, encode(context))
      return plaintext === null ? { status: 'invalid' } : { status: 'decrypted', plaintext }
    },
  }
}

/** Returns `null` if the tag does not authenticate the ciphertext and the context. */
function open({ ciphertext }: EncryptedValue, key: Uint8Array, context: Buffer): Buffer | null {
  if (ciphertext.length < nonceBytes + tagBytes) return null
  const nonce = ciphertext.subarray(0, nonceBytes)
  const tag = ciphertext.subarray(-tagBytes)
  const decipher = createDecipheriv(algorithm, key, nonce)
  decipher.setAAD(context).setAuthTag(tag)
  const decrypted = decipher.update(ciphertext.subarray(nonceBytes, -tagBytes))
  try {
    return Buffer.concat([decrypted, decipher.final()])
  } catch {
    return null
  }
}

/** As JSON, so that no two contexts have the same bytes. */
function encode(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context))
}

/** Not the prefix of the signer, so that no purpose of it yields the same key. */
function derive(secret: string, purpose: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `mjrwtf-cipher ${purpose}`, length))
}
