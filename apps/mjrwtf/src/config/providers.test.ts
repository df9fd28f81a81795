import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import { type Environment, formatProblems } from './variables.ts'

const google = { GOOGLE_CLIENT_ID: 'id.apps.example', GOOGLE_CLIENT_SECRET: 'GOCSPX-secret' }

const oidc = {
  OIDC_ISSUER: 'https://id.example/realms/main',
  OIDC_CLIENT_ID: 'mjrwtf',
  OIDC_CLIENT_SECRET: 'secret-of-the-client',
}

function providersOf(environment: Environment) {
  const loaded = loadConfig(environment, { readSecretFile: () => null })
  if (loaded.status === 'invalid') throw new Error(formatProblems(loaded.problems))
  return loaded.config.providers
}

function problemsOf(environment: Environment) {
  const loaded = loadConfig(environment, { readSecretFile: () => null })
  return loaded.status === 'invalid' ? loaded.problems : []
}

function variablesOf(environment: Environment): readonly string[] {
  return problemsOf(environment).map(({ variable }) => variable)
}

describe('sign-in with providers', () => {
  it('is offered by those that are configured', () => {
    const credentials = { clientId: 'id', clientSecret: 'secret' }
    const environment = {
      ...google,
      ...oidc,
      GITHUB_CLIENT_ID: 'id',
      GITHUB_CLIENT_SECRET: 'secret',
      DISCORD_CLIENT_ID: 'id',
      DISCORD_CLIENT_SECRET: 'secret',
      OIDC_NAME: 'Example ID',
      OIDC_TRUST_MFA: 'on',
    }
    expect(providersOf(environment)).toEqual({
      google: { clientId: 'id.apps.example', clientSecret: 'GOCSPX-secret' },
      github: credentials,
      discord: credentials,
      oidc: {
        issuer: 'https://id.example/realms/main',
        clientId: 'mjrwtf',
        clientSecret: 'secret-of-the-client',
        name: 'Example ID',
        trustsMfa: true,
      },
    })
  })

  it('does not trust the second factor of a provider by default', () => {
    expect(providersOf(oidc).oidc).toMatchObject({ name: 'single sign-on', trustsMfa: false })
  })

  it.each([
    'https://id.example',
    'https://id.example/',
    'https://ID.example/Realms/main/',
    'https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    'http://localhost:9000',
    'http://127.0.0.1:9000/',
  ])('keeps the issuer as given: %s', (issuer) => {
    expect(providersOf({ ...oidc, OIDC_ISSUER: issuer }).oidc?.issuer).toBe(issuer)
  })

  it.each([
    'id.example',
    'http://id.example',
    'https://id.example/?tenant=1',
    'https://id.example/#a',
    'https://user:hunter2@id.example/',
    'https://id.example/.well-known/openid-configuration',
    'https://login.microsoftonline.com/{tenantid}/v2.0',
    `https://id.example/${'a'.repeat(255)}`,
  ])('rejects the issuer %s', (issuer) => {
    const problems = problemsOf({ ...oidc, OIDC_ISSUER: issuer })
    expect(problems.map(({ variable }) => variable)).toEqual(['OIDC_ISSUER'])
    expect(formatProblems(problems)).not.toContain('hunter2')
  })

  it.each([
    [{ GOOGLE_CLIENT_ID: 'id' }, ['GOOGLE_CLIENT_SECRET']],
    [{ GOOGLE_CLIENT_SECRET: 'secret' }, ['GOOGLE_CLIENT_ID']],
    [{ GITHUB_CLIENT_ID: 'id' }, ['GITHUB_CLIENT_SECRET']],
    [{ DISCORD_CLIENT_SECRET: 'secret' }, ['DISCORD_CLIENT_ID']],
    [{ OIDC_ISSUER: 'https://id.example' }, ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET']],
    [{ OIDC_CLIENT_ID: 'id', OIDC_CLIENT_SECRET: 'secret' }, ['OIDC_ISSUER']],
    [{ OIDC_NAME: 'Example ID' }, ['OIDC_ISSUER']],
    [{ OIDC_TRUST_MFA: 'on' }, ['OIDC_ISSUER']],
  ])('names every variable that is missing with %o', (environment, missing) => {
    const problems = problemsOf(environment)
    expect(problems.map(({ variable }) => variable)).toEqual(missing)
    const [given = ''] = Object.keys(environment)
    for (const { value, expected } of problems) {
      expect([value, expected]).toEqual(['(not set)', expect.stringContaining(given)])
    }
  })

  it('rejects values that no provider issues, and shows no secret', () => {
    expect(variablesOf({ ...oidc, OIDC_CLIENT_ID: 'two parts' })).toEqual(['OIDC_CLIENT_ID'])
    expect(variablesOf({ ...oidc, OIDC_NAME: 'x'.repeat(41) })).toEqual(['OIDC_NAME'])
    expect(variablesOf({ ...oidc, OIDC_TRUST_MFA: 'yes' })).toEqual(['OIDC_TRUST_MFA'])
    const problems = problemsOf({ ...google, GOOGLE_CLIENT_SECRET: 'hunter2 hunter2' })
    expect(problems.map(({ variable }) => variable)).toEqual(['GOOGLE_CLIENT_SECRET'])
    expect(formatProblems(problems)).not.toContain('hunter2')
  })
})
