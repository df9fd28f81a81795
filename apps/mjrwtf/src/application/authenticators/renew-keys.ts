import type { StoredAuthenticator } from '../ports/authenticator-repository.ts'
import type { DeleteBatch } from '../shared/batch-runner.ts'
import type { AuthenticatorsDependencies } from './dependencies.ts'
import type { StoredKeys } from './stored-keys.ts'

/**
 * Encrypts the keys of all authenticators with the newest secret key, in short steps, so that an older one can be removed
 * from the configuration. Logs which secret keys are missing, and how many authenticators accept no code because of it.
 */
export type RenewKeys = () => Promise<void>

type Dependencies = Pick<
  AuthenticatorsDependencies,
  'authenticators' | 'cipher' | 'batchRunner' | 'log'
>

const batchSize = 100

export function createRenewKeys(dependencies: Dependencies, storedKeys: StoredKeys): RenewKeys {
  const { authenticators, cipher, batchRunner, log } = dependencies

  async function renew(authenticator: StoredAuthenticator): Promise<void> {
    const key = storedKeys.decrypt(authenticator)
    if (key === null) return
    const { id, encryptedKey } = authenticator
    await authenticators.replaceKey(id, encryptedKey.keyId, storedKeys.encrypt(key, authenticator))
  }

  /** The steps that renew the authenticators with this key, one after the other. */
  function stepsOf(keyId: string): DeleteBatch {
    let after = ''
    return async () => {
      const batch = await authenticators.listByKey(keyId, { after, limit: batchSize })
      for (const authenticator of batch) await renew(authenticator)
      after = batch.at(-1)?.id ?? after
      return batch.length === batchSize
    }
  }

  return async function renewKeys() {
    const uses = await authenticators.keyUses()
    const known = [cipher.newestKeyId, ...cipher.olderKeyIds]
    for (const use of uses.filter(({ keyId }) => !known.includes(keyId)))
      log.error(use, 'secret key of authenticators is missing; they accept no code')
    for (const use of uses.filter(({ keyId }) => cipher.olderKeyIds.includes(keyId))) {
      await batchRunner.run([stepsOf(use.keyId)])
      log.info(use, 'encrypted the keys of authenticators with the newest secret key')
    }
  }
}
