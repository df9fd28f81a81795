import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import {
  type Algorithm,
  aPasskey,
  type Changes,
  type PasskeyTraits,
  toCose,
} from '../../../test/support/software-authenticator.ts'
import { createWebAuthn } from './webauthn.ts'

const origin = 'https://mjr.test'
const webAuthn = createWebAuthn({ baseUrl: origin, siteName: 'mjr.wtf' })
const user = { id: randomBytes(16).toString('base64url'), email: 'ann@example.com' }
const newChallenge = () => randomBytes(32).toString('base64url')

/** Creates a passkey and returns the result of its registration. */
function register(changes: Changes = {}, traits: Partial<PasskeyTraits> = {}) {
  const challenge = newChallenge()
  const passkey = aPasskey({ origin, ...traits })
  const options = JSON.parse(webAuthn.registrationOptions({ challenge, user, existing: [] }))
  return webAuthn.verifyRegistration(passkey.register(options, changes), challenge)
}

/** Registers a passkey and returns the result of its first use. */
async function assert(changes: Changes = {}, traits: Partial<PasskeyTraits> = {}) {
  const passkey = aPasskey({ origin, ...traits })
  const challenge = newChallenge()
  const options = JSON.parse(webAuthn.registrationOptions({ challenge, user, existing: [] }))
  const registered = await webAuthn.verifyRegistration(passkey.register(options), challenge)
  const request = JSON.parse(webAuthn.assertionOptions({ challenge, allowed: [] }))
  const response = passkey.assert(request, changes)
  return webAuthn.verifyAssertion(response, { challenge, passkey: registered })
}

const flipLastBit = (bytes: Buffer) => {
  const copy = Buffer.from(bytes)
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}
const withByte = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0])])
const truncated = (bytes: Buffer) => bytes.subarray(0, -1)

/** Rejected for registrations and assertions. The numbers are steps of sections 7.1 and 7.2. */
const commonMutations: Readonly<Record<string, Changes>> = {
  'another challenge (7.1.8, 7.2.11)': { clientData: { challenge: newChallenge() } },
  'no challenge': { clientData: { challenge: undefined } },
  'the origin of a subdomain (7.1.9, 7.2.12)': { clientData: { origin: 'https://a.mjr.test' } },
  'the origin of another site': { clientData: { origin: 'https://mjr.test.evil.example' } },
  'the origin with http': { clientData: { origin: 'http://mjr.test' } },
  'the origin with another port': { clientData: { origin: 'https://mjr.test:8443' } },
  'the origin with a slash': { clientData: { origin: 'https://mjr.test/' } },
  'a frame of another site (7.1.10, 7.2.13)': { clientData: { crossOrigin: true } },
  'a frame of another site that is named (7.1.11, 7.2.14)': {
    clientData: { crossOrigin: true, topOrigin: 'https://evil.example' },
  },
  'a top origin without a frame': { clientData: { topOrigin: origin } },
  'the hash of another site (7.1.14, 7.2.15)': { rpId: 'evil.example' },
  'the hash of a subdomain': { rpId: 'a.mjr.test' },
  'an absent user (7.1.15, 7.2.16)': { flags: { up: false, uv: false } },
  'a backup that cannot exist (7.1.17, 7.2.18)': { flags: { be: false, bs: true } },
  'another type of credential': { type: 'password' },
  'an id with padding': { id: 'AAAA==' },
  'different ids': { rawId: newChallenge() },
  'an empty id': { id: '' },
}

describe('WebAuthn registration (7.1)', () => {
  it.each<Algorithm>(['ES256', 'EdDSA', 'RS256'])(
    'accepts a passkey with %s',
    async (algorithm) => {
      expect(await register({}, { algorithm })).toMatchObject({
        counter: 1,
        canSync: false,
        isSynced: false,
        isUserVerified: true,
        transports: ['internal'],
        aaguid: '00000000-0000-0000-0000-000000000000',
      })
    },
  )

  it('says whether the passkey is synced and whether it verified the user', async () => {
    const flags = { uv: false, be: true, bs: true }
    expect(await register({ flags })).toMatchObject({
      canSync: true,
      isSynced: true,
      isUserVerified: false,
    })
  })

  it('accepts an id of 1,023 bytes', async () => {
    const credentialId = randomBytes(1_023)
    const id = credentialId.toString('base64url')
    expect(await register({ credentialId, id })).toMatchObject({ id })
  })

  const longId = randomBytes(1_024)
  const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey
  const [x, y] = [randomBytes(32), randomBytes(32)]
  const mutations: Readonly<Record<string, Changes>> = {
    ...commonMutations,
    'the type of an assertion (7.1.7)': { clientData: { type: 'webauthn.get' } },
    'an algorithm that was not offered (7.1.20)': {
      publicKey: [[1, 2], [3, -35], [-1, 2], ...toCose(otherCurve, 'ES256').slice(3)],
    },
    'an algorithm with the key of another': {
      publicKey: [[1, 2], [3, -7], [-1, 2], ...toCose(otherCurve, 'ES256').slice(3)],
    },
    'a point that is not on the curve': {
      publicKey: [
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, x],
        [-3, y],
      ],
    },
    'a key without an algorithm': {
      publicKey: [
        [1, 2],
        [-1, 1],
        [-2, x],
        [-3, y],
      ],
    },
    'no public key': { publicKey: 0 },
    'an id of 1,024 bytes (7.1.25)': {
      credentialId: longId,
      id: longId.toString('base64url'),
    },
    'an id other than the signed one': { credentialId: randomBytes(32) },
    'no attestation format': { format: '' },
    'an unknown attestation format (7.1.21)': { format: 'unknown' },
    'a statement of format none (7.1.22)': { statement: [['sig', x]] },
    'a self attestation with a wrong signature': {
      format: 'packed',
      statement: [
        ['alg', -7],
        ['sig', x],
      ],
    },
    'bytes after the attestation object': { bytes: withByte },
    'a truncated attestation object': { bytes: truncated },
    'an attestation object that is no map': { bytes: () => Buffer.from([1]) },
    'deeply nested CBOR': { bytes: () => Buffer.alloc(20_000, 0x81) },
    'a map that claims 2^32 entries': { bytes: () => Buffer.from('baffffffff', 'hex') },
    'bytes after the authenticator data': { signedBytes: withByte },
    'truncated authenticator data': { signedBytes: truncated },
    'no authenticator data': { signedBytes: () => Buffer.alloc(0) },
  }

  it.each(Object.entries(mutations))('rejects %s', async (_name, changes) => {
    expect(await register(changes)).toBeNull()
  })

  it.each(['packed', 'tpm', 'apple', 'android-key', 'android-safetynet', 'fido-u2f'])(
    'rejects %s with certificates, and fetches nothing that they refer to',
    async (format) => {
      const fetched = vi.spyOn(globalThis, 'fetch')
      const statement = [
        ['alg', -7],
        ['sig', x],
        ['x5c', y],
      ] as const
      expect(await register({ format, statement })).toBeNull()
      expect(fetched).not.toHaveBeenCalled()
      fetched.mockRestore()
    },
  )
})

describe('WebAuthn assertion (7.2)', () => {
  it.each<Algorithm>(['ES256', 'EdDSA', 'RS256'])(
    'accepts a signature with %s',
    async (algorithm) => {
      const result = await assert({}, { algorithm })
      expect(result).toEqual({ counter: 2, isSynced: false, isUserVerified: true })
    },
  )

  it('says whether the user was verified, and whether the passkey is synced by now', async () => {
    const result = await assert({ flags: { uv: false, bs: true } }, { flags: { be: true } })
    expect(result).toMatchObject({ isSynced: true, isUserVerified: false })
  })

  const mutations: Readonly<Record<string, Changes>> = {
    ...commonMutations,
    'the type of a registration (7.2.10)': { clientData: { type: 'webauthn.create' } },
    'a changed signature (7.2.21)': { signature: flipLastBit },
    'no signature': { signature: () => Buffer.alloc(0) },
    'a counter that was not signed': { signedBytes: flipLastBit },
    'a backup eligibility that changed (7.2.19)': { flags: { be: true } },
    'the id of another passkey (7.2.5)': { id: newChallenge() },
    'an id of 1,024 bytes': { id: randomBytes(1_024).toString('base64url') },
    'bytes after the authenticator data': { bytes: withByte },
    'truncated authenticator data': { bytes: truncated },
    'no authenticator data': { bytes: () => Buffer.alloc(0) },
    'a user handle that is no base64url': { userHandle: 'not base64url!' },
  }

  it.each(Object.entries(mutations))('rejects %s', async (_name, changes) => {
    expect(await assert(changes)).toBeNull()
  })

  it('rejects the signature of another passkey', async () => {
    const [one, other] = [aPasskey({ origin }), aPasskey({ origin })]
    const challenge = newChallenge()
    const options = JSON.parse(webAuthn.registrationOptions({ challenge, user, existing: [] }))
    const passkey = await webAuthn.verifyRegistration(one.register(options), challenge)
    const response = other.assert({ challenge, rpId: 'mjr.test' }, { id: one.id })
    expect(passkey).not.toBeNull()
    expect(await webAuthn.verifyAssertion(response, { challenge, passkey })).toBeNull()
  })

  it('verifies the signature of an unknown passkey too, and rejects it', async () => {
    const challenge = newChallenge()
    const response = aPasskey({ origin }).assert({ challenge, rpId: 'mjr.test' })
    const verify = vi.spyOn(crypto.subtle, 'verify')
    expect(await webAuthn.verifyAssertion(response, { challenge, passkey: null })).toBeNull()
    expect(verify).toHaveBeenCalledOnce()
    verify.mockRestore()
  })
})

describe('WebAuthn responses', () => {
  it.each(['', 'null', '[]', '{}', '{"id":1}', 'x', `"${'a'.repeat(40_000)}"`, '{"response":{}}'])(
    'that are no credential are rejected: %.20s',
    async (text) => {
      const expected = { challenge: newChallenge(), passkey: null }
      expect(await webAuthn.verifyRegistration(text, expected.challenge)).toBeNull()
      expect(await webAuthn.verifyAssertion(text, expected)).toBeNull()
      expect(webAuthn.readAssertion(text)).toBeNull()
    },
  )

  it('say which passkey and user they claim', () => {
    const passkey = aPasskey({ origin })
    const options = { challenge: newChallenge(), rpId: 'mjr.test', user }
    passkey.register(options)
    const claim = { passkeyId: passkey.id, userHandle: user.id }
    expect(webAuthn.readAssertion(passkey.assert(options))).toEqual(claim)
    const anonymous = passkey.assert(options, { userHandle: null })
    expect(webAuthn.readAssertion(anonymous)).toEqual({ ...claim, userHandle: null })
  })
})

describe('WebAuthn options', () => {
  it('ask for a discoverable passkey without attestation, and name the user without the email as id', () => {
    const existing = [{ id: 'AAAA', transports: ['usb'] }]
    const challenge = newChallenge()
    const options = JSON.parse(webAuthn.registrationOptions({ challenge, user, existing }))
    expect(options).toMatchObject({
      rp: { id: 'mjr.test' },
      user: { id: user.id, name: user.email },
      challenge,
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      excludeCredentials: [{ id: 'AAAA', type: 'public-key', transports: ['usb'] }],
    })
    expect(options.pubKeyCredParams.map(({ alg }: { alg: number }) => alg)).toEqual([-7, -8, -257])
  })

  it('have the host of the base URL, without its port, as the id of the site', () => {
    const { assertionOptions } = createWebAuthn({
      baseUrl: 'http://localhost:8080',
      siteName: 'mjr.wtf',
    })
    const options = JSON.parse(assertionOptions({ challenge: 'x', allowed: [] }))
    expect(options).toMatchObject({ rpId: 'localhost', allowCredentials: [] })
  })
})
