import type { ConfiguredProviders } from '../../../src/adapters/providers/create-providers.ts'
import type {
  ProviderProfile,
  ProviderTransaction,
  SignInProvider,
} from '../../../src/application/ports/providers.ts'
import type { Instant } from '../../../src/domain/time.ts'

export const issuer = 'https://id.test'

/** What the provider says at the next visit. */
export interface ProviderAnswer {
  readonly subject: string
  readonly authenticatedAt: Instant | null
}

/** A provider without a network, which says what a sequence wants, also what a correct one would not. */
export interface FakeProvider {
  readonly providers: ConfiguredProviders
  /** The callback of the visit that was begun last, as path and query. */
  callback(): string
  answer(answer: ProviderAnswer): void
}

export function createFakeProvider(): FakeProvider {
  let begun: ProviderTransaction | null = null
  let next: ProviderAnswer = { subject: '', authenticatedAt: null }
  const provider: SignInProvider = {
    id: 'oidc',
    name: 'Example ID',
    trustsMfa: false,
    issuer,
    confirmsAuthentication: true,
    logout: null,
    async begin(transaction) {
      begun = transaction
      return { status: 'redirect', url: `${issuer}/authorize` }
    },
    async complete() {
      return { status: 'authenticated', profile: profileOf(next) }
    },
  }
  return {
    providers: {
      list: () => [provider],
      find: (id) => (id === provider.id ? provider : null),
      verifyLogoutToken: async () => ({ status: 'unavailable' }),
    },
    callback: () => `/login/oidc/callback?state=${begun?.state ?? ''}&code=c`,
    answer(answer) {
      next = answer
    },
  }
}

function profileOf({ subject, authenticatedAt }: ProviderAnswer): ProviderProfile {
  const nothing = { email: null, emailVerified: false, sid: null, acr: null, amr: [] }
  return { provider: 'oidc', issuer, subject, authenticatedAt, ...nothing }
}
