import type { ClientFile } from './client-file.ts'
import { type StoredTokens, storedTokens } from './stored-tokens.ts'

/** Stores the tokens of this user. */
export interface TokenStore {
  /** Where, for the user: `the system keyring`, or the path of a file. */
  readonly place: string
  read(server: string): StoredTokens | null
  write(server: string, tokens: StoredTokens): void
  remove(server: string): void
}

export function createFileTokenStore(file: ClientFile): TokenStore {
  return {
    place: file.path,
    read: (server) => file.read().tokens[server] ?? null,
    write: (server, tokens) =>
      file.update((state) => ({ ...state, tokens: { ...state.tokens, [server]: tokens } })),
    remove: (server) =>
      file.update(({ tokens: { [server]: _, ...tokens }, ...state }) => ({ ...state, tokens })),
  }
}

/** The part of a password of the system keyring that is used. Each function throws if there is no keyring. */
export interface KeyringEntry {
  getPassword(): string | null
  setPassword(password: string): void
  deletePassword(): void
}

export type OpenKeyringEntry = (service: string, user: string) => KeyringEntry

export function createKeyringTokenStore(openEntry: OpenKeyringEntry): TokenStore {
  const entryOf = (server: string) => openEntry('mjrwtf', server)
  return {
    place: 'the system keyring',
    read(server) {
      const text = entryOf(server).getPassword()
      return text === null ? null : storedTokens.parse(JSON.parse(text))
    },
    write: (server, tokens) => entryOf(server).setPassword(JSON.stringify(tokens)),
    remove: (server) => entryOf(server).deletePassword(),
  }
}

/** On servers and in containers there is often no keyring, although its package is installed. */
export function isReadable(keyring: TokenStore, server: string): boolean {
  try {
    keyring.read(server)
    return true
  } catch {
    return false
  }
}

/** Whether the keyring returns what it stores. */
export function isWritable(keyring: TokenStore): boolean {
  const probe = { accessToken: 'probe', refreshToken: 'probe', expiresAt: 0 }
  try {
    keyring.write('probe', probe)
    const isStored = keyring.read('probe')?.accessToken === probe.accessToken
    keyring.remove('probe')
    return isStored
  } catch {
    return false
  }
}
