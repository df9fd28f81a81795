import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { type Cbor, encodeCbor } from './cbor.ts'

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

/** The flags of the authenticator data (WebAuthn Level 3 section 6.1). */
export interface Flags {
  /** The user was present. */
  readonly up: boolean
  /** The user was verified. */
  readonly uv: boolean
  /** The passkey may be backed up, and is. */
  readonly be: boolean
  readonly bs: boolean
}

/** What a response differs in from a correct one. */
export interface Changes {
  /** Fields of the client data. `undefined` removes one. */
  readonly clientData?: Readonly<Record<string, unknown>>
  readonly rpId?: string
  readonly flags?: Partial<Flags>
  readonly counter?: number
  /** In the authenticator data of a registration. */
  readonly credentialId?: Buffer
  /** In the fields `id` and `rawId` of the response. */
  readonly id?: string
  readonly rawId?: string
  readonly type?: string
  readonly aaguid?: Buffer
  readonly publicKey?: Cbor
  readonly format?: string
  readonly statement?: Cbor
  /** Changes the bytes of the attestation object or the authenticator data. */
  readonly bytes?: (bytes: Buffer) => Buffer
  /** The same after an assertion was signed. */
  readonly signedBytes?: (bytes: Buffer) => Buffer
  readonly signature?: (signature: Buffer) => Buffer
  readonly userHandle?: string | null
}

/** The options of a page, for the fields that an authenticator reads. */
export interface PageOptions {
  readonly challenge: string
  readonly rp?: { readonly id: string }
  readonly rpId?: string
  readonly user?: { readonly id: string }
}

/** A passkey whose private key the test has. Its counter increases with each use unless it is synced. */
export interface SoftwarePasskey {
  readonly id: string
  /** The JSON of a registration, or of an assertion, on a page of `origin`. */
  register(options: PageOptions, changes?: Changes): string
  assert(options: PageOptions, changes?: Changes): string
}

export interface PasskeyTraits {
  readonly origin: string
  readonly algorithm?: Algorithm
  readonly flags?: Partial<Flags>
  readonly hasCounter?: boolean
}

/** Creates a passkey with `node:crypto`. */
export function aPasskey({
  origin,
  algorithm = 'ES256',
  flags = {},
  hasCounter = true,
}: PasskeyTraits): SoftwarePasskey {
  const { publicKey, privateKey } = generateKeys[algorithm]()
  const credentialId = randomBytes(32)
  const id = credentialId.toString('base64url')
  let counter = 0
  let owner: string | null = null

  function clientDataOf(type: string, { challenge }: PageOptions, { clientData }: Changes) {
    const data = { type, challenge, origin, crossOrigin: false, ...clientData }
    return Buffer.from(JSON.stringify(data))
  }

  function authenticatorData(options: PageOptions, changes: Changes, attested: Buffer): Buffer {
    const rpId = changes.rpId ?? options.rpId ?? options.rp?.id ?? ''
    if (hasCounter) counter += 1
    const all = { up: true, uv: true, be: false, bs: false, ...flags, ...changes.flags }
    const tail = Buffer.alloc(5)
    tail[0] = toBits(all) | (attested.byteLength > 0 ? 0x40 : 0)
    tail.writeUInt32BE(changes.counter ?? counter, 1)
    return Buffer.concat([sha256(rpId), tail, attested])
  }

  return {
    id,
    register(options, changes = {}) {
      owner = options.user?.id ?? null
      const key = encodeCbor(changes.publicKey ?? toCose(publicKey, algorithm))
      const attested = attestedData({ credentialId, ...changes }, key)
      const authData = authenticatorData(options, changes, attested)
      const object = encodeCbor([
        ['fmt', changes.format ?? 'none'],
        ['attStmt', changes.statement ?? []],
        ['authData', changes.signedBytes?.(authData) ?? authData],
      ])
      return responseOf(id, changes, {
        clientDataJSON: clientDataOf('webauthn.create', options, changes).toString('base64url'),
        attestationObject: (changes.bytes?.(object) ?? object).toString('base64url'),
        transports: ['internal'],
      })
    },
    assert(options, changes = {}) {
      const clientData = clientDataOf('webauthn.get', options, changes)
      const original = authenticatorData(options, changes, Buffer.alloc(0))
      const data = changes.bytes?.(original) ?? original
      const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()])
      const signature = sign(algorithm === 'EdDSA' ? null : 'sha256', signed, privateKey)
      const { userHandle = owner } = changes
      return responseOf(id, changes, {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: (changes.signedBytes?.(data) ?? data).toString('base64url'),
        signature: (changes.signature?.(signature) ?? signature).toString('base64url'),
        ...(userHandle === null ? {} : { userHandle }),
      })
    },
  }
}

const generateKeys = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
} as const satisfies Readonly<Record<Algorithm, () => unknown>>

function responseOf(id: string, changes: Changes, response: object): string {
  const fields = { id: changes.id ?? id, rawId: changes.rawId ?? changes.id ?? id }
  return JSON.stringify({ ...fields, type: changes.type ?? 'public-key', response })
}

/** AAGUID, length of the id, id and public key (WebAuthn Level 3 section 6.5.1). */
function attestedData(
  { aaguid = Buffer.alloc(16), credentialId }: Changes & { readonly credentialId: Buffer },
  publicKey: Buffer,
): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(credentialId.byteLength)
  return Buffer.concat([aaguid, length, credentialId, publicKey])
}

function toBits({ up, uv, be, bs }: Flags): number {
  return (up ? 1 : 0) | (uv ? 4 : 0) | (be ? 8 : 0) | (bs ? 16 : 0)
}

/** The parameters of a COSE key (RFC 9053 section 7, RFC 8230 section 4). */
export function toCose(
  publicKey: KeyObject,
  algorithm: Algorithm,
): readonly (readonly [Cbor, Cbor])[] {
  const jwk = publicKey.export({ format: 'jwk' })
  const bytes = (text = '') => Buffer.from(text, 'base64url')
  switch (algorithm) {
    case 'ES256':
      return [
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, bytes(jwk.x)],
        [-3, bytes(jwk.y)],
      ]
    case 'EdDSA':
      return [
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes(jwk.x)],
      ]
    case 'RS256':
      return [
        [1, 3],
        [3, -257],
        [-1, bytes(jwk.n)],
        [-2, bytes(jwk.e)],
      ]
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
