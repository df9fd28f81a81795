import { Readable } from 'node:stream'
import { Decrypter, Encrypter } from 'age-encryption'
import { BackupError } from './backup-error.ts'

/** scrypt uses 128 MiB: half of the default of age, for small servers (decision 061). */
const scryptWorkFactor = 17

/** Encrypts for a passphrase, in the format of https://age-encryption.org/v1. */
export async function encrypt(bytes: Readable, passphrase: string): Promise<Readable> {
  const encrypter = new Encrypter()
  encrypter.setScryptWorkFactor(scryptWorkFactor)
  encrypter.setPassphrase(passphrase)
  return fromWeb(await encrypter.encrypt(toWeb(bytes)))
}

/** Rejects with `BackupError` if the passphrase is not the right one. A stream of changed bytes fails while it is read. */
export async function decrypt(bytes: Readable, passphrase: string): Promise<Readable> {
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  try {
    return fromWeb(await decrypter.decrypt(toWeb(bytes)))
  } catch (error) {
    bytes.destroy()
    const reason = error instanceof Error ? error.message : String(error)
    throw new BackupError(
      `The backup cannot be decrypted (${reason}). Check BACKUP_PASSPHRASE: it must be the one of the time of the backup.`,
      { cause: error },
    )
  }
}

/** Whether a file that starts with these bytes is encrypted. */
export function isEncrypted(start: Buffer): boolean {
  return start.toString('latin1').startsWith('age-encryption.org/')
}

function toWeb(bytes: Readable): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      bytes.destroy()
    },
  })
}

function fromWeb(stream: ReadableStream<Uint8Array>): Readable {
  return Readable.from(read(stream))
}

async function* read(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
