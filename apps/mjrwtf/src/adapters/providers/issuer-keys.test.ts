import { createFakeClock } from 'coatcheck/testing'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { expect, it } from 'vitest'
import { createIssuerKeys } from './issuer-keys.ts'
import type { ProviderFetch } from './provider-fetch.ts'

async function open(alg: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const document = { keys: [await exportJWK(publicKey)] }
  const fetch: ProviderFetch = async () => Response.json(document)
  const findUrl = async () => 'https://id.test/jwks'
  const keys = createIssuerKeys({ findUrl, fetch, clock: createFakeClock(), random: () => 0 })
  const token = await new CompactSign(new TextEncoder().encode('{}'))
    .setProtectedHeader({ alg })
    .sign(privateKey)
  return { keys, token }
}

it('verifies a signature of an algorithm that the caller accepts, and of no other', async () => {
  const { keys, token } = await open('RS384')
  expect((await keys.verify(token, ['RS384'])).protectedHeader).toEqual({ alg: 'RS384' })
  await expect(keys.verify(token, ['RS256'])).rejects.toMatchObject({ reason: 'algorithm' })
  await expect(keys.verify(token, [])).rejects.toMatchObject({ reason: 'algorithm' })
})

it('accepts no shared key, whatever the caller accepts (V9.1.2)', async () => {
  const { keys } = await open('RS256')
  const token = await new CompactSign(new TextEncoder().encode('{}'))
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new Uint8Array(32))
  await expect(keys.verify(token, ['HS256'])).rejects.toMatchObject({ reason: 'algorithm' })
})

it('rejects text that is no token', async () => {
  const { keys } = await open('RS256')
  for (const text of ['', 'a.b.c', 'a', '..', 'a.b.c.d.e']) {
    await expect(keys.verify(text, ['RS256'])).rejects.toMatchObject({ kind: 'rejected' })
  }
})
