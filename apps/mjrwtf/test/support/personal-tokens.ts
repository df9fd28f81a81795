import { nodeSecrets } from '../../src/adapters/crypto/secrets.ts'
import type { TokenInput } from '../../src/application/personal-tokens/read-token-form.ts'
import type { Account, TestApp } from './open-app.ts'
import type { RawHeaders } from './send.ts'

/** A personal access token of an account, as if created on the page. No page or log line may contain it. */
export async function aToken(
  app: TestApp,
  user: Account,
  input: Partial<TokenInput> = {},
): Promise<{ readonly id: string; readonly token: string; readonly headers: RawHeaders }> {
  const client = { ipAddress: null, userAgent: null }
  const defaults = {
    name: 'CI',
    scopes: ['links:read'],
    networks: '',
    lifetime: '90',
    expiresOn: '',
  }
  const request = { user, client, id: nodeSecrets.id(), input: { ...defaults, ...input } }
  const result = await app.features.personalTokens.create(request)
  if (result.status !== 'created') throw new Error(`The token was not created: ${result.status}.`)
  const { id, token } = result.created
  app.leakDetector.addSecret(token, 'token')
  return { id, token, headers: bearer(token) }
}

export function bearer(token: string): RawHeaders {
  return [['Authorization', `Bearer ${token}`]]
}
