import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialDescriptorJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type {
  ExpectedAssertion,
  PasskeyDescriptor,
  VerifiedAssertion,
  VerifiedRegistration,
  WebAuthn,
} from '../../application/ports/webauthn.ts'
import { challengeLifetime } from '../../domain/passkey.ts'
import { algorithms, decoyKey, isUsableKey } from './public-key.ts'
import { hasNoCertificates, isSameOrigin, parseAssertion, parseRegistration } from './responses.ts'

export interface RelyingParty {
  /** The public origin of the pages, without a trailing slash. Its host is the id of the relying party. */
  readonly baseUrl: string
  /** What browsers and devices call it. */
  readonly siteName: string
}

/** Creates the options for browsers and checks their responses with `@simplewebauthn/server` (decision 041). */
export function createWebAuthn({ baseUrl, siteName }: RelyingParty): WebAuthn {
  const { hostname: rpId, origin } = new URL(baseUrl)
  const expected = { expectedOrigin: origin, expectedRPID: rpId, requireUserVerification: false }

  async function verifyRegistration(
    response: RegistrationResponseJSON,
    expectedChallenge: string,
  ): Promise<VerifiedRegistration | null> {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      ...expected,
      response,
      expectedChallenge,
      supportedAlgorithmIDs: [...algorithms],
    })
    if (!verified || registrationInfo.credential.id !== response.id) return null
    const { publicKey, counter } = registrationInfo.credential
    if (!isUsableKey(publicKey)) return null
    return {
      id: response.id,
      publicKey,
      counter,
      transports: response.response.transports ?? [],
      canSync: registrationInfo.credentialDeviceType === 'multiDevice',
      isSynced: registrationInfo.credentialBackedUp,
      isUserVerified: registrationInfo.userVerified,
      aaguid: registrationInfo.aaguid,
    }
  }

  async function verifyAssertion(
    text: string,
    { challenge, passkey }: ExpectedAssertion,
  ): Promise<VerifiedAssertion | null> {
    const response = parseAssertion(text)
    if (response === null || !isSameOrigin(response.response)) return null
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      ...expected,
      response,
      expectedChallenge: challenge,
      // With 0 the library accepts every counter. It would compare it before the signature.
      credential: { id: response.id, publicKey: keyOf(passkey), counter: 0 },
    })
    if (!verified || passkey === null || passkey.id !== response.id) return null
    const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } =
      authenticationInfo
    if ((credentialDeviceType === 'multiDevice') !== passkey.canSync) return null
    return { counter: newCounter, isSynced: credentialBackedUp, isUserVerified: userVerified }
  }

  return {
    registrationOptions: ({ challenge, user, existing }) =>
      JSON.stringify({
        rp: { id: rpId, name: siteName },
        user: { id: user.id, name: user.email, displayName: user.email },
        challenge,
        pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
        timeout: challengeLifetime,
        excludeCredentials: existing.map(toDescriptor),
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'preferred',
        },
        attestation: 'none',
      } satisfies PublicKeyCredentialCreationOptionsJSON),
    assertionOptions: ({ challenge, allowed }) =>
      JSON.stringify({
        rpId,
        challenge,
        timeout: challengeLifetime,
        allowCredentials: allowed.map(toDescriptor),
        userVerification: 'preferred',
      } satisfies PublicKeyCredentialRequestOptionsJSON),
    async verifyRegistration(text, challenge) {
      const response = parseRegistration(text)
      if (response === null || !isSameOrigin(response.response)) return null
      if (!hasNoCertificates(response.response.attestationObject)) return null
      return orNull(verifyRegistration(response, challenge))
    },
    readAssertion(text) {
      const response = parseAssertion(text)
      if (response === null) return null
      return { passkeyId: response.id, userHandle: response.response.userHandle ?? null }
    },
    verifyAssertion: (text, assertion) => orNull(verifyAssertion(text, assertion)),
  }
}

/** The library rejects with the check that failed. The message contains text of the client, so nothing logs it. */
async function orNull<Result>(verification: Promise<Result | null>): Promise<Result | null> {
  try {
    return await verification
  } catch {
    return null
  }
}

function keyOf(passkey: ExpectedAssertion['passkey']): Uint8Array<ArrayBuffer> {
  return passkey === null ? decoyKey : Uint8Array.from(passkey.publicKey)
}

/** Transports of newer browsers are passed on: each client ignores those that it does not know. */
function toDescriptor({ id, transports }: PasskeyDescriptor): PublicKeyCredentialDescriptorJSON {
  return { id, type: 'public-key', transports: [...transports] }
}
