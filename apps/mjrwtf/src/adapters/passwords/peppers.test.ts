import { verify } from '@node-rs/argon2'
import { expect, it } from 'vitest'
import { createArgon2Hasher, minParameters } from './argon2-hasher.ts'
import { createPeppers } from './peppers.ts'

const old = 'Yq3Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQeR6'
const recent = 'p0-hT7kVw2NzXb9Rs4Md8Jf1Lg5Cq3Ya6Ue'
const password = 'walking giraffe umbrella'

/** A hasher with these peppers, newest first, and the ids of missing ones. */
function aHasher(...texts: readonly string[]) {
  const missed: string[] = []
  const onMissingPepper = (id: string) => void missed.push(id)
  const peppers = createPeppers(texts)
  return { ...createArgon2Hasher({ peppers, onMissingPepper }), missed, ids: peppers.ids }
}

async function hashBy(hasher: Pick<ReturnType<typeof aHasher>, 'hash'>): Promise<string> {
  const hashed = await hasher.hash(password, null)
  if (hashed.status === 'busy') throw new Error('busy')
  return hashed.hash
}

it('peppers have ids derived from the secret', () => {
  const { ids } = createPeppers([recent, old])
  expect(ids).toEqual([createPeppers([recent]).ids[0], createPeppers([old]).ids[0]])
  expect(new Set(ids).size).toBe(2)
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9+/]{8}$/)
})

it('peppers under 32 bytes are rejected without being revealed', () => {
  expect(() => createPeppers(['short pepper'])).toThrow(RangeError)
  expect(() => createPeppers(['short pepper'])).not.toThrow(/short/)
})

it('a hash contains the id of the newest pepper, not its text', async () => {
  const hasher = aHasher(recent, old)
  const hash = await hashBy(hasher)
  expect(hash).toContain(`$argon2id$v=19$m=19456,t=2,p=1,keyid=${hasher.ids[0]}$`)
  expect(hash).not.toContain(recent)
  expect(await hasher.check(password, hash, null)).toEqual({ status: 'match', needsRehash: false })
  expect(await hasher.check(`${password} `, hash, null)).toEqual({ status: 'mismatch' })

  // The database alone does not allow offline guessing: without the pepper the hash never matches.
  const unnamed = hash.replace(/,keyid=[^$]+/, '')
  expect(await aHasher().check(password, unnamed, null)).toEqual({ status: 'mismatch' })
})

it.each([
  ['an older one', [old]],
  ['none', []],
])('verifies a hash with %s and requests a rehash', async (_, texts) => {
  const hash = await hashBy(aHasher(...texts))
  const hasher = aHasher(recent, old)
  expect(await hasher.check(password, hash, null)).toEqual({ status: 'match', needsRehash: true })
  expect(await hasher.check('wrong', hash, null)).toEqual({ status: 'mismatch' })
  expect(hasher.missed).toEqual([])
})

it.each([
  ['where there is another', [recent]],
  ['where there is none', []],
])('matches no password if the pepper is missing, and reports its id: %s', async (_, texts) => {
  const before = aHasher(old)
  const hash = await hashBy(before)
  const hasher = aHasher(...texts)
  expect(await hasher.check(password, hash, null)).toEqual({ status: 'mismatch' })
  expect(hasher.missed).toEqual(before.ids)
})

it('verifies at the same cost if the pepper is missing', async () => {
  const [knownHash, orphan] = [await hashBy(aHasher(recent)), await hashBy(aHasher(old))]
  const compared: string[] = []
  const { check } = createArgon2Hasher({
    peppers: createPeppers([recent]),
    verify(phc, text, options) {
      compared.push(String(phc).replace(/\$[^$]*\$[^$]*$/, ''))
      return verify(phc, text, options)
    },
  })
  for (const hash of [knownHash, orphan]) {
    expect(await check('wrong', hash, null)).toEqual({ status: 'mismatch' })
  }
  expect(compared).toEqual([compared[0], compared[0]])
})

it('keeps the minimum cost with a pepper', async () => {
  const parameters = { ...minParameters, timeCost: 3 }
  const hasher = createArgon2Hasher({ parameters, peppers: createPeppers([recent]) })
  const cheaper = await hashBy(aHasher(recent))
  expect(await hasher.check(password, cheaper, null)).toEqual({
    status: 'match',
    needsRehash: true,
  })
})
