/** A user's own links on one server, by its public API. Each function rejects with `CliError`. */
export interface ClientConnection {
  /** Its origin. */
  readonly server: string
  /** `showCode` is called with what the user has to enter, and where. Returns where the tokens are stored. */
  readonly login: (
    showCode: (code: { readonly userCode: string; readonly verificationUri: string }) => void,
  ) => Promise<{ readonly storedIn: string }>
  /** Returns `false` if the user was not signed in. */
  readonly logout: () => Promise<boolean>
  /** Returns the body of a successful response. */
  readonly callApi: (path: string, request?: ApiRequest) => Promise<unknown>
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST'
  readonly json?: unknown
}

export interface ClientContext {
  /** `null`: the server of MJRWTF_SERVER, or of the last sign-in. */
  readonly connect: (server: string | null) => Promise<ClientConnection>
  /** Returns `false` if this machine has no program that opens URLs. */
  readonly openInBrowser: (url: string) => Promise<boolean>
}
