import type { OpenKeyringEntry } from './token-store.ts'

/** The keyring of the operating system; `null` if its package is not installed for this platform. */
export async function loadKeyring(): Promise<OpenKeyringEntry | null> {
  try {
    const { Entry } = await import('@napi-rs/keyring')
    // Not the keyring of the kernel, which forgets everything when the machine restarts.
    const options = { linux: { store: 'secret-service' } } as const
    return (service, user) => new Entry(service, user, options)
  } catch {
    return null
  }
}
