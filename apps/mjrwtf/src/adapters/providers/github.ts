import { ClientSecretPost } from 'openid-client'
import { z } from 'zod'
import type { SignInProvider } from '../../application/ports/providers.ts'
import type { ProviderEndpoints } from './endpoints.ts'
import { readEmail } from './id-token.ts'
import type { Client } from './issuer-metadata.ts'
import { createOAuthAdapter, type OAuthProfile } from './oauth-adapter.ts'
import type { AdapterOptions } from './provider-adapter.ts'
import { unavailable } from './provider-error.ts'
import { fetchJson, type ProviderFetch } from './provider-fetch.ts'

/** Numeric: a user can change the login, and another one can then take it. */
const userSchema = z.object({ id: z.int().positive() })

const emailsSchema = z.array(
  z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
)

export interface GitHubOptions extends AdapterOptions {
  readonly client: Client
  readonly endpoints: ProviderEndpoints['github']
}

/** GitHub has OAuth 2.0 without ID tokens. Its tokens are dropped, never stored: no one can use them afterwards. */
export function createGitHubAdapter(options: GitHubOptions): SignInProvider {
  const { client, endpoints, fetch } = options
  return createOAuthAdapter({
    ...options,
    id: 'github',
    issuer: endpoints.site,
    name: 'GitHub',
    scope: 'user:email',
    // Its own name of the authorization server; identities have the origin of the site.
    metadata: {
      issuer: `${endpoints.site}/login/oauth`,
      authorization_endpoint: `${endpoints.site}/login/oauth/authorize`,
      token_endpoint: `${endpoints.site}/login/oauth/access_token`,
    },
    clientAuthentication: ClientSecretPost(client.clientSecret),
    fetch: withErrorStatus(fetch),
    readProfile: (accessToken) => readProfile(options, accessToken),
  })
}

/** GitHub reports errors of the token endpoint with status 200. */
function withErrorStatus(fetch: ProviderFetch): ProviderFetch {
  return async (url, init) => {
    const response = await fetch(url, init)
    if (response.status !== 200) return response
    const text = await response.text()
    const status = hasError(text) ? 400 : 200
    return new Response(text, { status, headers: response.headers })
  }
}

function hasError(text: string): boolean {
  try {
    return typeof JSON.parse(text)?.error === 'string'
  } catch {
    return false
  }
}

async function readProfile(options: GitHubOptions, accessToken: string): Promise<OAuthProfile> {
  const { fetch, endpoints } = options
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${accessToken}`,
    'x-github-api-version': '2022-11-28',
  }
  const [user, emails] = await Promise.all([
    fetchJson(fetch, `${endpoints.api}/user`, headers),
    fetchJson(fetch, `${endpoints.api}/user/emails`, headers),
  ])
  const parsedUser = userSchema.safeParse(user)
  const parsedEmails = emailsSchema.safeParse(emails)
  if (!parsedUser.success || !parsedEmails.success) throw unavailable('invalid-response')
  const primary = parsedEmails.data.find((each) => each.primary)
  return {
    subject: String(parsedUser.data.id),
    ...readEmail({ email: primary?.email, email_verified: primary?.verified }),
  }
}
