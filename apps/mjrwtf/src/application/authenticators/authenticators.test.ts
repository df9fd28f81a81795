import { randomBytes } from 'node:crypto'
import { createFakeClock } from 'coatcheck/testing'
import { describe, expect, it } from 'vitest'
import { codeOtherThan } from '../../../test/support/wrong-code.ts'
import { createCipher } from '../../adapters/crypto/cipher.ts'
import { nodeSecrets } from '../../adapters/crypto/secrets.ts'
import { minute, second } from '../../domain/time.ts'
import { codeAt, timeStepAt, totp } from '../../domain/totp.ts'
import type { User } from '../../domain/user.ts'
import type {
  AuthenticatorRepository,
  StoredAuthenticator,
} from '../ports/authenticator-repository.ts'
import { createAuthenticators } from './authenticators.ts'

const [newKey, oldKey] = ['n'.repeat(32), 'o'.repeat(32)]
const client = { ipAddress: '203.0.113.9', userAgent: 'Firefox' }

const ann: User = {
  id: 'ann',
  email: 'ann@users.test',
  createdAt: 0,
  isOperator: false,
  hasPassword: true,
  passwordVersion: 0,
  passwordChangedBySession: null,
  passwordChangedAt: null,
  passwordResets: 0,
  secondFactors: 0,
}
const bob: User = { ...ann, id: 'bob', email: 'bob@users.test' }

/** As the databases do it, without their races. */
function createRepository(rows: Map<string, StoredAuthenticator>, calls: string[]) {
  const repository: AuthenticatorRepository = {
    async add(authenticator) {
      if (rows.has(authenticator.id)) return 'exists'
      rows.set(authenticator.id, authenticator)
      return 'added'
    },
    async list(userId) {
      calls.push('list')
      return [...rows.values()].filter((row) => row.userId === userId)
    },
    async useStep({ userId, id, step, at }) {
      calls.push('useStep')
      const row = rows.get(id)
      if (row === undefined || row.userId !== userId || row.lastStep >= step) return false
      rows.set(id, { ...row, lastStep: step, lastUsedAt: at })
      return true
    },
    async keyUses() {
      const ids = new Set([...rows.values()].map((row) => row.encryptedKey.keyId))
      return [...ids].map((keyId) => ({ keyId, authenticators: rowsOf(keyId).length }))
    },
    async listByKey(keyId, { after, limit }) {
      const sorted = rowsOf(keyId).toSorted((one, other) => (one.id < other.id ? -1 : 1))
      return sorted.filter(({ id }) => id > after).slice(0, limit)
    },
    async replaceKey(id, from, to) {
      const row = rows.get(id)
      if (row?.encryptedKey.keyId === from) rows.set(id, { ...row, encryptedKey: to })
    },
  }
  const rowsOf = (keyId: string) =>
    [...rows.values()].filter((row) => row.encryptedKey.keyId === keyId)
  return repository
}

function setUp(
  secrets: readonly string[] = [newKey],
  rows = new Map<string, StoredAuthenticator>(),
) {
  const clock = createFakeClock()
  const [calls, reported, logged]: [string[], unknown[], unknown[]] = [[], [], []]
  const log = (fields: object) => void logged.push(fields)
  const authenticators = createAuthenticators({
    authenticators: createRepository(rows, calls),
    reportFactorChange: async (change) => void reported.push(change),
    cipher: createCipher(secrets, 'authenticator'),
    limits: { authenticator: async () => null },
    secrets: nodeSecrets,
    batchRunner: {
      async run(steps) {
        for (const step of steps) while (await step());
      },
    },
    clock,
    log: { info: log, warn: log, error: log },
    siteHost: 'mjr.test',
  })

  async function begin(user = ann, sessionId = 'session') {
    const begun = await authenticators.beginEnrollment({ user, sessionId })
    if (begun.status !== 'begun') throw new Error(begun.status)
    const key = base32(begun.enrollment.key)
    const code = (at = clock.now()) => codeAt(key, timeStepAt(at))
    const wrongCode = () => codeOtherThan(code(), code(clock.now() - totp.period))
    return { ...begun.enrollment, bytes: key, code, wrongCode }
  }

  const activate = (token: string, code: string, changes: object = {}) =>
    authenticators.activate({
      ...{ user: ann, sessionId: 'session', client, token, code, name: 'Phone', ...changes },
    })

  /** An activated authenticator whose next code is usable. */
  async function enroll(user = ann) {
    const enrollment = await begin(user)
    expect(await activate(enrollment.token, enrollment.code(), { user })).toMatchObject({
      status: 'added',
    })
    clock.advance(totp.period)
    return enrollment
  }

  const check = (code: string, user = ann) =>
    authenticators.checkCode({ user, code, client, sessionId: null })

  return { authenticators, clock, rows, calls, reported, logged, begin, activate, enroll, check }
}

function base32(text: string): Uint8Array {
  const bits = [...text].map((each) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(each).toString(2).padStart(5, '0'),
  )
  const bytes = bits.join('').match(/.{8}/g) ?? []
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2))
}

const correct = { status: 'correct', methods: ['otp'] }
const wrong = { status: 'wrong' }

describe('enrollment', () => {
  it('stores and reports nothing before the first correct code', async () => {
    const { begin, activate, rows, reported, check } = setUp()
    const { token, code, wrongCode } = await begin()
    expect(await activate(token, wrongCode())).toMatchObject({ status: 'rejected' })
    expect([rows.size, reported]).toEqual([0, []])
    expect(await check(code())).toEqual(wrong)
  })

  it('adds the authenticator with the key that was shown, and reports it', async () => {
    const { begin, activate, clock, check, reported } = setUp()
    const { token, code } = await begin()
    expect(await activate(token, code(), { name: ' Phone ' })).toEqual({
      status: 'added',
      name: 'Phone',
    })
    const change = { event: 'second-factor-added', kind: 'authenticator', name: 'Phone' }
    expect(reported).toEqual([{ user: ann, ...change, sessionId: 'session', ...client }])
    clock.advance(totp.period)
    expect(await check(code())).toEqual(correct)
  })

  it('uses up the step of the first code', async () => {
    const { begin, activate, check } = setUp()
    const { token, code } = await begin()
    await activate(token, code())
    expect(await check(code())).toEqual(wrong)
  })

  it('adds one authenticator, however often it is sent', async () => {
    const { begin, activate, clock, rows, reported } = setUp()
    const { token, code } = await begin()
    await activate(token, code())
    clock.advance(totp.period)
    expect(await activate(token, code())).toEqual({ status: 'exists' })
    expect([rows.size, reported.length]).toEqual([1, 1])
  })

  it('expires after 15 minutes, not a millisecond before', async () => {
    const { begin, activate, clock } = setUp()
    const { token, code, wrongCode } = await begin()
    clock.advance(15 * minute - 1)
    expect(await activate(token, wrongCode())).toMatchObject({ status: 'rejected' })
    clock.advance(1)
    expect(await activate(token, code())).toEqual({ status: 'expired' })
  })

  it('is valid for its user and session only, and as it was issued', async () => {
    const { begin, activate, clock, rows } = setUp()
    const { token, code } = await begin()
    const [id = '', expiry = '', keyId = '', ciphertext = ''] = token.split('.')
    const later = String(Number(expiry) + minute)
    for (const [forged, changes] of [
      [token, { user: bob }],
      [token, { sessionId: 'other' }],
      [token, { sessionId: '' }],
      [[nodeSecrets.id(), expiry, keyId, ciphertext].join('.'), {}],
      [[id, later, keyId, ciphertext].join('.'), {}],
      [[id, 'NaN', keyId, ciphertext].join('.'), {}],
      [[id, 'Infinity', keyId, ciphertext].join('.'), {}],
      [[id, expiry, 'other', ciphertext].join('.'), {}],
      [[id, expiry, keyId, `A${ciphertext.slice(1)}x`].join('.'), {}],
      ['', {}],
      ['....', {}],
      [ciphertext, {}],
    ] as const)
      expect([forged, await activate(forged, code(), changes)]).toEqual([
        forged,
        { status: 'expired' },
      ])
    expect([rows.size, clock.now() < Number(expiry)]).toEqual([0, true])
  })

  it('encrypts the key in the token and in the database', async () => {
    const { enroll, rows } = setUp()
    const { token, bytes } = await enroll()
    const [, , , ciphertext = ''] = token.split('.')
    for (const stored of [Buffer.from(ciphertext, 'base64url'), storedCiphertext(rows)])
      expect(stored.includes(bytes)).toBe(false)
  })

  it('shows the same key again after a wrong code, with what was wrong', async () => {
    const { begin, activate } = setUp()
    const begun = await begin()
    const rejected = await activate(begun.token, 'abc', { name: ' ' })
    const { token, key, uri } = begun
    expect(rejected).toMatchObject({
      status: 'rejected',
      enrollment: { token, key, uri },
      fields: [{ field: 'code' }, { field: 'name' }],
    })
  })

  it.each([
    [-2, 'This code has expired. Enter the current one.'],
    [-20, 'clock seems to be 10 minutes slow'],
    [1, 'clock seems to be 1 minute fast'],
    [60, 'clock seems to be 30 minutes fast'],
    [1_000, 'Wrong code.'],
  ])('says why a code that is %i steps away is rejected', async (steps, text) => {
    const { begin, activate, clock } = setUp()
    const { token, code } = await begin()
    const rejected = await activate(token, code(clock.now() + steps * totp.period))
    expect(rejected).toMatchObject({ fields: [{ message: expect.stringContaining(text) }] })
  })

  it('is refused for a user with 10 authenticators', async () => {
    const { authenticators, enroll } = setUp()
    for (let count = 0; count < 10; count += 1) await enroll()
    const begun = await authenticators.beginEnrollment({ user: ann, sessionId: 'session' })
    expect(begun).toEqual({ status: 'too-many' })
  })
})

describe('check of a code', () => {
  it('accepts the code of any authenticator of the user, each step once', async () => {
    const { enroll, check, clock } = setUp()
    const [one, two, ofBob] = [await enroll(), await enroll(), await enroll(bob)]
    expect(await check(two.code())).toEqual(correct)
    expect(await check(two.code())).toEqual(wrong)
    expect(await check(one.code())).toEqual(correct)
    expect(await check(ofBob.code())).toEqual(wrong)
    expect(await check(ofBob.code(), bob)).toEqual(correct)
    clock.advance(totp.period)
    expect(await check(two.code())).toEqual(correct)
  })

  it('accepts the previous code and none before (V6.5.5)', async () => {
    const { enroll, check, clock } = setUp()
    const { code } = await enroll()
    clock.advance(3 * totp.period)
    expect(await check(code(clock.now() - 2 * totp.period))).toEqual(wrong)
    expect(await check(code(clock.now() + totp.period))).toEqual(wrong)
    expect(await check(code(clock.now() - totp.period))).toEqual(correct)
    expect(await check(code())).toEqual(correct)
  })

  it('accepts no used code after the clock has jumped back', async () => {
    const { enroll, check, clock } = setUp()
    const { code } = await enroll()
    const used = code()
    expect(await check(used)).toEqual(correct)
    clock.advance(-5 * second)
    expect(await check(used)).toEqual(wrong)
    clock.advance(-10 * minute)
    expect(await check(code())).toEqual(wrong)
    clock.advance(10 * minute + 5 * second + totp.period)
    expect(await check(code())).toEqual(correct)
  })

  it('runs one statement for a wrong code and two for a correct one', async () => {
    const { enroll, check, clock, calls } = setUp()
    const other = await enroll()
    const { code } = await enroll()
    calls.length = 0
    const earlier = clock.now() - totp.period
    await check(codeOtherThan(code(), code(earlier), other.code(), other.code(earlier)))
    expect(calls).toEqual(['list'])
    await check(code())
    expect(calls).toEqual(['list', 'list', 'useStep'])
    await check('not a code')
    expect(calls).toHaveLength(3)
  })
})

describe('encrypted keys', () => {
  it('are useless in the row of another user or authenticator (V11.3.3)', async () => {
    const { enroll, check, rows, logged } = setUp()
    const { code } = await enroll()
    await enroll()
    await enroll(bob)
    const [one, two, ofBob] = [...rows.values()]
    if (one === undefined || two === undefined || ofBob === undefined) throw new Error('No rows.')
    for (const [row, user] of [
      [two, ann],
      [ofBob, bob],
    ] as const) {
      rows.set(row.id, { ...row, encryptedKey: one.encryptedKey, lastStep: 0 })
      rows.delete(one.id)
      expect(await check(code(), user)).toEqual(wrong)
    }
    expect(logged).toContainEqual(expect.objectContaining({ authenticatorId: two.id }))
  })

  it('stay usable while their secret key is an older one', async () => {
    const before = setUp([oldKey])
    const { code } = await before.enroll()
    const after = setUp([newKey, oldKey], before.rows)
    after.clock.advance(totp.period)
    expect(await after.check(code())).toEqual(correct)
    expect(after.logged).toEqual([])
  })

  it('accept no code without their secret key, and the log names it', async () => {
    const before = setUp([oldKey])
    const { code } = await before.enroll()
    const keyId = [...before.rows.values()][0]?.encryptedKey.keyId
    const after = setUp([newKey], before.rows)
    after.clock.advance(totp.period)
    expect(await after.check(code())).toEqual(wrong)
    expect(after.logged).toEqual([expect.objectContaining({ keyId })])
    expect(await after.authenticators.list('ann')).toMatchObject([{ isUsable: false }])

    after.logged.length = 0
    await after.authenticators.renewKeys()
    expect(after.logged).toEqual([{ keyId, authenticators: 1 }])
  })

  it('are encrypted with the newest secret key, after which the older one is not needed', async () => {
    const before = setUp([oldKey])
    const { code } = await before.enroll()
    for (let count = 0; count < 250; count += 1)
      await before.enroll({ ...ann, id: `user-${randomBytes(8).toString('hex')}` })
    const during = setUp([newKey, oldKey], before.rows)
    await during.authenticators.renewKeys()
    const { keyId } = createCipher([newKey], '').encrypt(new Uint8Array(), [])
    const keyIds = new Set([...during.rows.values()].map((row) => row.encryptedKey.keyId))
    expect([...keyIds]).toEqual([keyId])
    expect(during.logged).toHaveLength(1)

    const after = setUp([newKey], during.rows)
    await after.authenticators.renewKeys()
    expect(after.logged).toEqual([])
    after.clock.advance(totp.period)
    expect(await after.check(code(after.clock.now()))).toEqual(correct)
  })

  it('that were modified do not stop the others from being renewed', async () => {
    const before = setUp([oldKey])
    await before.enroll()
    await before.enroll()
    const [modified] = [...before.rows.values()]
    if (modified === undefined) throw new Error('No rows.')
    const ciphertext = Buffer.from(modified.encryptedKey.ciphertext.toReversed())
    const encryptedKey = { ...modified.encryptedKey, ciphertext }
    before.rows.set(modified.id, { ...modified, encryptedKey })
    const during = setUp([newKey, oldKey], before.rows)
    await during.authenticators.renewKeys()
    const uses = [...during.rows.values()].map(({ encryptedKey: { keyId } }) => keyId)
    expect(new Set(uses).size).toBe(2)
    expect(during.logged).toContainEqual(expect.objectContaining({ authenticatorId: modified.id }))
  })
})

function storedCiphertext(rows: ReadonlyMap<string, StoredAuthenticator>): Buffer {
  return Buffer.from([...rows.values()][0]?.encryptedKey.ciphertext ?? [])
}
