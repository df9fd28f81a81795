import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ClientContext } from '../adapters/cli/client-context.ts'
import { openInBrowser } from '../adapters/process/open-in-browser.ts'
import type { Environment } from '../config/variables.ts'
import { explained } from './explained.ts'
import { packageVersion } from './version.ts'

/** The commands for users, which need nothing of the server's environment. */
export function createClientContext(environment: Environment): ClientContext {
  return {
    async connect(server) {
      const { createUserClient } = await import('../adapters/api-client/user-client.ts')
      const { loadKeyring } = await import('../adapters/api-client/keyring.ts')
      const keyring = await loadKeyring()
      const client = await explained(async () =>
        createUserClient({
          folder: clientFolder(environment),
          server: server ?? (environment.MJRWTF_SERVER || null),
          keyring,
          version: packageVersion(),
        }),
      )
      return {
        server: client.server,
        login: (showCode) => explained(() => client.login(showCode)),
        logout: () => explained(() => client.logout()),
        callApi: (path, request) => explained(() => client.callApi(path, request)),
      }
    },
    openInBrowser,
  }
}

function clientFolder({ XDG_CONFIG_HOME, APPDATA }: Environment): string {
  return join(XDG_CONFIG_HOME || APPDATA || join(homedir(), '.config'), 'mjrwtf')
}
