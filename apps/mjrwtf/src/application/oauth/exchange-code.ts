import type { Clock } from 'coatcheck'
import type {
  AuthorizationCode,
  AuthorizationCodeRepository,
  CodeUse,
} from '../ports/authorization-code-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { IsConsentValid } from './consent-validity.ts'
import { createIssueGrant, type IssueGrantDependencies } from './issue-grant.ts'
import type { ReportConnectedApp } from './report-connected-app.ts'
import {
  type RequestTokens,
  refuse,
  type TokenRequest,
  type TokenResult,
} from './token-requests.ts'

export interface ExchangeCodeDependencies extends IssueGrantDependencies {
  readonly authorizationCodes: Pick<AuthorizationCodeRepository, 'use' | 'recordGrant'>
  readonly isConsentValid: IsConsentValid
  readonly reportConnectedApp: ReportConnectedApp
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

/**
 * The grant type `authorization_code` (RFC 6749, section 4.1.3) with PKCE (RFC 7636). One statement uses the code, if the
 * client, the redirect URI and the verifier match. A second use ends the grant of the first (RFC 9700, section 4.5).
 */
export function createExchangeCode(dependencies: ExchangeCodeDependencies): RequestTokens {
  const { authorizationCodes, grants, secrets, clock } = dependencies
  return async function exchangeCode(request) {
    const presented = readUse(request, { hash: secrets.hash, at: clock.now() })
    if ('status' in presented) return presented
    const result = await authorizationCodes.use(presented)
    if (result.status === 'used') return issue(dependencies, request, { ...presented, ...result })
    if (result.status === 'used-again' && result.grantId !== null) {
      await grants.end(result.userId, result.grantId, 'code-reused')
    }
    return invalidCode
  }
}

interface UsedCode extends Pick<CodeUse, 'codeHash'> {
  readonly code: AuthorizationCode
}

async function issue(
  dependencies: ExchangeCodeDependencies,
  { client }: TokenRequest,
  { codeHash, code }: UsedCode,
): Promise<TokenResult> {
  const { authorizationCodes, grants, isConsentValid, reportConnectedApp } = dependencies
  const { userId, scopes, authenticatedAt, createdAt: authorizedAt } = code
  const isValid = () => isConsentValid(code)
  const consent = { userId, scopes, authenticatedAt, authorizedAt, isValid }
  const issued = await createIssueGrant(dependencies)(client, consent)
  if (issued.status === 'refused') return invalidCode
  const { tokens } = issued
  if (!(await authorizationCodes.recordGrant(codeHash, tokens.grantId))) {
    // Used again, or removed with its client or user, while this request was in progress.
    await grants.end(userId, tokens.grantId, 'code-reused')
    return invalidCode
  }
  await reportConnectedApp({ userId, client, scopes, from: code })
  return { status: 'issued', tokens }
}

const invalidCode = refuse(
  'invalid_grant',
  'The code is invalid, has expired or was used before, or redirect_uri or code_verifier does not match the authorization request.',
)

interface UseContext {
  readonly hash: Secrets['hash']
  readonly at: number
}

function readUse({ client, parameters }: TokenRequest, { hash, at }: UseContext) {
  const [code, redirectUri, verifier] = ['code', 'redirect_uri', 'code_verifier'].map((name) =>
    parameters.get(name),
  )
  if (code === undefined || redirectUri === undefined || verifier === undefined) {
    return refuse('invalid_request', 'Send code, redirect_uri and code_verifier.')
  }
  if (!verifierPattern.test(verifier)) {
    return refuse('invalid_grant', 'Send a code_verifier of 43 to 128 unreserved characters.')
  }
  return {
    codeHash: hash(code),
    clientId: client.id,
    redirectUri,
    codeChallenge: hash(verifier),
    at,
  }
}

/** RFC 7636, section 4.1. */
const verifierPattern = /^[A-Za-z0-9\-._~]{43,128}$/
