import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { z } from 'zod'

/** A response is at most a few kilobytes; the form that carries it may be larger. */
const maxLength = 32_768

/** Unpadded and canonical, so that two texts never stand for the same bytes. */
const base64url = z
  .string()
  .max(maxLength)
  .refine((text) => text !== '' && Buffer.from(text, 'base64url').toString('base64url') === text)

/** WebAuthn Level 3 section 7.1 step 25. */
const maxCredentialIdBytes = 1_023

const credentialId = base64url.refine(
  (text) => Buffer.from(text, 'base64url').byteLength <= maxCredentialIdBytes,
)

const credential = { id: credentialId, rawId: credentialId, type: z.literal('public-key') }

const registrationSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(32)).max(16).catch([]).default([]),
  }),
})

const assertionSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    // Absent or null if the authenticator stores no user.
    userHandle: base64url.nullish().transform((handle) => handle ?? undefined),
  }),
})

/** The fields of a registration that are checked; `null` if it has another form. */
export function parseRegistration(text: string): RegistrationResponseJSON | null {
  const parsed = registrationSchema.safeParse(parseJson(text))
  return parsed.success ? { ...parsed.data, clientExtensionResults: {} } : null
}

/** The fields of an assertion that are checked; `null` if it has another form. */
export function parseAssertion(text: string): AuthenticationResponseJSON | null {
  const parsed = assertionSchema.safeParse(parseJson(text))
  if (!parsed.success) return null
  const { userHandle, ...response } = parsed.data.response
  return {
    ...parsed.data,
    response: userHandle === undefined ? response : { ...response, userHandle },
    clientExtensionResults: {},
  }
}

function parseJson(text: string): unknown {
  if (text.length > maxLength) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Of the client data, what the library does not check or checks only for assertions. */
const sameOriginSchema = z.object({
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
})

/** Whether the page that used the passkey was not in a frame of another origin (WebAuthn Level 3 section 7.1, 7.2). */
export function isSameOrigin({ clientDataJSON }: { readonly clientDataJSON: string }): boolean {
  const text = Buffer.from(clientDataJSON, 'base64url').toString()
  return sameOriginSchema.safeParse(parseJson(text)).success
}

/**
 * Whether an attestation object is one that was requested: without a statement, or signed with the key itself, which
 * clients may leave in. The library would check any other with certificates, and fetch what they refer to. Nothing may
 * follow the object.
 */
export function hasNoCertificates(attestationObject: string): boolean {
  const bytes = Uint8Array.from(Buffer.from(attestationObject, 'base64url'))
  try {
    const object = isoCBOR.decodeFirst<unknown>(bytes)
    if (!(object instanceof Map)) return false
    if (isoCBOR.encode(object).byteLength !== bytes.byteLength) return false
    const [format, statement]: readonly unknown[] = [object.get('fmt'), object.get('attStmt')]
    if (!(statement instanceof Map)) return false
    return format === 'none' || (format === 'packed' && !statement.has('x5c'))
  } catch {
    return false
  }
}
