import type { StoredAuthenticator } from '../ports/authenticator-repository.ts'
import type { Cipher, EncryptedValue } from '../ports/encryption.ts'
import type { Log } from '../ports/log.ts'

/** Encrypts and decrypts the keys of authenticators for the database. */
export interface StoredKeys {
  /** The ciphertext is valid for this authenticator of this user only: moving it to another row makes it useless. */
  encrypt(key: Uint8Array, owner: KeyOwner): EncryptedValue
  /**
   * The key of the authenticator. `null` if it cannot be decrypted, which the log explains: its secret key is missing, or
   * the row was modified. Such an authenticator accepts no code.
   */
  decrypt(authenticator: StoredAuthenticator): Uint8Array | null
}

type KeyOwner = Pick<StoredAuthenticator, 'id' | 'userId'>

export interface StoredKeysDependencies {
  readonly cipher: Cipher
  readonly log: Log
}

export function createStoredKeys({ cipher, log }: StoredKeysDependencies): StoredKeys {
  const contextOf = ({ id, userId }: KeyOwner) => ['authenticator', userId, id]
  return {
    encrypt: (key, owner) => cipher.encrypt(key, contextOf(owner)),
    decrypt(authenticator) {
      const { id, userId, encryptedKey } = authenticator
      const { keyId } = encryptedKey
      const decrypted = cipher.decrypt(encryptedKey, contextOf(authenticator))
      if (decrypted.status === 'decrypted') return decrypted.plaintext
      const isMissing = decrypted.status === 'missing-key'
      log.error(
        { keyId, authenticatorId: id, userId },
        isMissing ? 'secret key of an authenticator is missing' : 'authenticator was modified',
      )
      return null
    },
  }
}
