import { ClientSecretPost } from 'openid-client'
import { z } from 'zod'
import type { SignInProvider } from '../../application/ports/providers.ts'
import { readEmail } from './id-token.ts'
import type { Client } from './issuer-metadata.ts'
import { createOAuthAdapter } from './oauth-adapter.ts'
import type { AdapterOptions } from './provider-adapter.ts'
import { unavailable } from './provider-error.ts'
import { fetchJson } from './provider-fetch.ts'

/** The id is a number of 64 bits, as text. */
const userSchema = z.object({
  id: z.string().regex(/^\d{1,20}$/),
  email: z.string().nullish(),
  verified: z.boolean().optional(),
})

export interface DiscordOptions extends AdapterOptions {
  readonly client: Client
  /** Origin of Discord. */
  readonly endpoint: string
}

/** Discord, by its documented OAuth 2.0 API: what its ID tokens contain is not documented. */
export function createDiscordAdapter(options: DiscordOptions): SignInProvider {
  const { client, endpoint, fetch } = options
  return createOAuthAdapter({
    ...options,
    id: 'discord',
    issuer: endpoint,
    name: 'Discord',
    scope: 'identify email',
    metadata: {
      issuer: endpoint,
      authorization_endpoint: `${endpoint}/oauth2/authorize`,
      token_endpoint: `${endpoint}/api/oauth2/token`,
    },
    clientAuthentication: ClientSecretPost(client.clientSecret),
    async readProfile(accessToken) {
      const headers = { authorization: `Bearer ${accessToken}` }
      const user = userSchema.safeParse(
        await fetchJson(fetch, `${endpoint}/api/v10/users/@me`, headers),
      )
      if (!user.success) throw unavailable('invalid-response')
      const { id, email, verified } = user.data
      return { subject: id, ...readEmail({ email, email_verified: verified }) }
    },
  })
}
