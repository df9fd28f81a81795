import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Clock, systemClock } from 'coatcheck'
import { type CallApi, createCallApi } from './api-client.ts'
import { ClientError } from './client-error.ts'
import { type ClientFile, createClientFile } from './client-file.ts'
import { withFileLock } from './file-lock.ts'
import { createSendHttp, type Fetch } from './http.ts'
import { type LoginCode, requestTokens, revokeTokens } from './oauth.ts'
import { parseServer } from './server-url.ts'
import {
  createFileTokenStore,
  createKeyringTokenStore,
  isReadable,
  isWritable,
  type OpenKeyringEntry,
  type TokenStore,
} from './token-store.ts'

export interface UserClientOptions {
  /** Where the file of the client is. */
  readonly folder: string
  /** `--server` or MJRWTF_SERVER; `null`: the server of the last sign-in. */
  readonly server: string | null
  /** `null` if there is none. */
  readonly keyring: OpenKeyringEntry | null
  readonly version: string
  /** For tests. */
  readonly clock?: Clock
  readonly wait?: (milliseconds: number) => Promise<unknown>
  readonly fetch?: Fetch
}

/** What a user does with one server. Rejects with `ClientError`. */
export interface UserClient {
  readonly server: string
  /** Signs in by a code that the user enters in a browser. Returns where the tokens are stored. */
  login(showCode: (code: LoginCode) => void): Promise<{ readonly storedIn: string }>
  /** Ends the access on the server, and forgets the tokens. Returns `false` if there were none. */
  logout(): Promise<boolean>
  readonly callApi: CallApi
}

export function createUserClient(options: UserClientOptions): UserClient {
  const { folder, version, clock = systemClock, wait = setTimeout } = options
  const file = createClientFile(join(folder, 'client.json'))
  const server = serverOf(options.server ?? file.read().server)
  const lock = <Result>(work: () => Promise<Result>) => withFileLock(join(folder, 'lock'), work)
  const send = createSendHttp({ server, version, fetch: options.fetch ?? fetch })
  const stores = createStores(options.keyring, file)

  /** Returns `false` if there was nothing to end. */
  async function endAccess(store: TokenStore): Promise<boolean> {
    const tokens = store.read(server)
    if (tokens === null) return false
    store.remove(server)
    await revokeTokens(send, tokens)
    return true
  }

  return {
    server,
    async login(showCode) {
      const tokens = await requestTokens({ send, clock, wait, showCode })
      const store = stores.forNew()
      await lock(async () => {
        // Otherwise each sign-in would leave a connected app. The new one is more important.
        await endAccess(stores.inUse(server)).catch(() => false)
        store.write(server, tokens)
        file.update((state) => ({ ...state, server }))
      })
      return { storedIn: store.place }
    },
    logout: () => lock(() => explainFailure(server, () => endAccess(stores.inUse(server)))),
    callApi: (path, request) =>
      createCallApi({ server, store: stores.inUse(server), send, lock, clock })(path, request),
  }
}

async function explainFailure(server: string, end: () => Promise<boolean>): Promise<boolean> {
  try {
    return await end()
  } catch (error) {
    const page = `${server}/settings/connected-apps`
    const message = `The tokens were deleted here, but the server did not confirm that they ended. End the access at ${page}`
    throw new ClientError(message, { cause: error })
  }
}

/** Where tokens are stored: in the keyring, or in the file if there was none at the sign-in. */
function createStores(keyring: OpenKeyringEntry | null, file: ClientFile) {
  const fileStore = createFileTokenStore(file)
  const keyringStore = keyring === null ? null : createKeyringTokenStore(keyring)
  return {
    inUse(server: string): TokenStore {
      if (keyringStore === null || fileStore.read(server) !== null) return fileStore
      return isReadable(keyringStore, server) ? keyringStore : fileStore
    },
    forNew(): TokenStore {
      return keyringStore !== null && isWritable(keyringStore) ? keyringStore : fileStore
    },
  }
}

function serverOf(text: string | null): string {
  if (text === null) {
    throw new ClientError('Which server? Run: mjrwtf login --server https://links.example')
  }
  const server = parseServer(text)
  if (server !== null) return server
  throw new ClientError(
    `${JSON.stringify(text)} is not the URL of a server, such as https://links.example (http on this machine only).`,
  )
}
