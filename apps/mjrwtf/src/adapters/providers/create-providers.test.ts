import { createFakeClock } from 'coatcheck/testing'
import { expect, it } from 'vitest'
import { createProviders } from './create-providers.ts'

const client = { clientId: 'id', clientSecret: 'secret' }

it('trusts the second factor of an OIDC provider only, and confirms only with one (V7.6.1)', () => {
  const oidc = { ...client, issuer: 'https://id.test', name: 'Example ID', trustsMfa: true }
  const clients = { google: client, github: client, discord: client, oidc }
  const clock = createFakeClock(0)
  const { list } = createProviders(clients, { clock, onFailure: () => undefined, endpoints: {} })
  const described = list().map(({ issuer, trustsMfa, confirmsAuthentication }) => {
    return [issuer, trustsMfa, confirmsAuthentication]
  })
  expect(described).toEqual([
    // Google states no auth_time, so that an open session there would confirm.
    ['https://accounts.google.com', false, false],
    ['https://github.com', false, false],
    ['https://discord.com', false, false],
    ['https://id.test', true, true],
  ])
})
