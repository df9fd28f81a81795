import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { expect, it } from 'vitest'
import { normalizePassword } from '../../domain/password.ts'
import { createArgon2Hasher, hashLimits, minParameters } from './argon2-hasher.ts'

const hasher = createArgon2Hasher()

async function hashOf(password: string): Promise<string> {
  const hashed = await hasher.hash(password, null)
  if (hashed.status === 'busy') throw new Error('busy')
  return hashed.hash
}

it('creates argon2id PHC strings with 19 MiB, 2 passes and 1 lane', async () => {
  expect(await hashOf('walking giraffe umbrella')).toMatch(
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43}$/,
  )
  expect(await hashOf('same')).not.toBe(await hashOf('same'))
})

it('matches only the exact password', async () => {
  const storedHash = await hashOf(normalizePassword('cafe\u0301 au lait s\u2019il vous pla\u00eet'))
  const composed = normalizePassword('caf\u00e9 au lait s\u2019il vous plai\u0302t')

  expect(await hasher.check(composed, storedHash, null)).toEqual({
    status: 'match',
    needsRehash: false,
  })
  expect(await hasher.check(`${composed} `, storedHash, null)).toEqual({ status: 'mismatch' })
  expect(await hasher.check(composed.toUpperCase(), storedHash, null)).toEqual({
    status: 'mismatch',
  })
})

it('requests a rehash of a weaker hash', async () => {
  const weakHash = await hash('old password', { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
  expect(await hasher.check('old password', weakHash, null)).toEqual({
    status: 'match',
    needsRehash: true,
  })
})

it('rejects parameters below the minimum', () => {
  for (const weaker of [{ memoryCost: 19_455 }, { timeCost: 1 }, { parallelism: 0 }]) {
    const parameters = { ...minParameters, ...weaker }
    expect(() => createArgon2Hasher({ parameters })).toThrow(RangeError)
  }
})

it('verifies as many passes over as much memory for an unknown account', async () => {
  const storedHash = await hashOf('walking giraffe umbrella')
  const verified: unknown[] = []
  const { check } = createArgon2Hasher({
    verify(phc, password, ...rest) {
      verified.push({ cost: /^\$argon2id\$v=19\$[^$]*\$/.exec(String(phc))?.[0], password })
      return verify(phc, password, ...rest)
    },
  })
  expect(await check('wrong', storedHash, null)).toEqual({ status: 'mismatch' })
  expect(await check('wrong', null, null)).toEqual({ status: 'mismatch' })

  const [known, unknown, ...others] = verified
  expect(known).toEqual({ cost: '$argon2id$v=19$m=19456,t=2,p=1$', password: 'wrong' })
  expect(unknown).toEqual(known)
  expect(others).toEqual([])
})

it('returns busy when its queue is full, and recovers', async () => {
  const { check } = createArgon2Hasher({ concurrency: 2, maxQueued: 3, maxWait: 2 ** 30 })
  const checks = Array.from({ length: 8 }, () => check('wrong', null, '10.0.0.1'))
  const outcomes = (await Promise.all(checks)).map(({ status }) => status)
  expect(outcomes).toEqual([...Array(5).fill('mismatch'), ...Array(3).fill('busy')])
  expect(await check('wrong', null, null)).toEqual({ status: 'mismatch' })
})

it('leaves a core and a thread to everything else', () => {
  const cores = availableParallelism()
  const { concurrency } = hashLimits
  expect([concurrency >= 1, concurrency <= 3, concurrency < Math.max(2, cores)]).toEqual([
    true,
    true,
    true,
  ])
})
