import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { SmsCodePurpose } from '../../domain/phone.ts'
import { minute, second } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const keepNone = { mustKeepOne: false, issuers: [] }
const now = Date.UTC(2030, 0, 15, 12)
const number = '+447700900123'

const inUse = (userId: string) => ({ userId, passwordVersion: 0 })

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, phones, smsCodes } = opened.persistence

  async function addUser({ isOperator = false } = {}) {
    const user = aNewUser(now, isOperator)
    if (isOperator) expect(await users.addOperator({ user, passwordHash: 'hash' })).toBe(true)
    else expect(await users.add({ user, passwordHash: 'hash' })).toBe('added')
    return user.id
  }

  async function addAuthenticator(userId: string) {
    const id = nodeSecrets.id()
    const [at, bytes] = kind === 'sqlite' ? [String(now), `x'00'`] : ['now()', `'\\x00'`]
    await opened.rows(`INSERT INTO authenticators
      (id, user_id, name, encrypted_key, key_id, last_step, created_at)
      VALUES ('${id}', '${userId}', 'App', ${bytes}, 'key', 0, ${at})`)
    return { kind: 'authenticator', id } as const
  }

  const aPhone = (of = number) => ({ id: nodeSecrets.id(), number: of, createdAt: now })

  async function addPhone(userId: string, of = number) {
    const phone = aPhone(of)
    expect(await phones.save(inUse(userId), phone)).toMatchObject({ status: 'saved' })
    return { ...phone, lastUsedAt: null }
  }

  /** Sends a code, whose hash is its text here. */
  function send(userId: string, { code = 'right', at = now, use = {}, to = number } = {}) {
    const common = { userId, purpose: 'sign-in', boundTo: 'pending', ...use } as const
    const times = { createdAt: at, expiresAt: at + 5 * minute }
    return smsCodes.replace({ ...common, number: to, codeHash: code, ...times }, at - 30 * second)
  }

  function attempt(userId: string, { code = 'right', at = now, use = {} } = {}) {
    const common = { userId, purpose: 'sign-in', boundTo: 'pending', ...use } as const
    return smsCodes.attempt({ ...common, codeHashes: ['of another key', code], now: at })
  }

  return {
    ...opened,
    ...opened.persistence,
    addUser,
    addAuthenticator,
    aPhone,
    addPhone,
    send,
    attempt,
    secondFactors: async (userId: string) => (await users.find(userId))?.secondFactors,
  }
}

const times = <Result>(count: number, operation: (n: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, n) => operation(n)))

describe.each(databaseKinds)('verified phones on %s', (kind) => {
  it('count as a second factor once, also after a new number', async () => {
    await using opened = await open(kind)
    const { phones, addUser, aPhone, addPhone, secondFactors } = opened
    const ann = await addUser()
    expect(await phones.find(ann)).toBeNull()
    const first = await addPhone(ann)
    expect([await phones.find(ann), await secondFactors(ann)]).toEqual([first, 1])

    await phones.touch(ann, number, now + 1)
    await phones.touch(ann, '+447700900124', now + 2)
    const used = { ...first, lastUsedAt: now + 1 }
    expect(await phones.find(ann)).toEqual(used)

    const second = aPhone('+447700900124')
    expect(await phones.save(inUse(ann), second)).toEqual({ status: 'saved', replaced: used })
    expect(await phones.find(ann)).toEqual({ ...second, lastUsedAt: null })
    expect(await secondFactors(ann)).toBe(1)
  })

  it('belong to one user each, with one of fifty saved at once', async () => {
    await using opened = await open(kind)
    const { phones, addUser, aPhone, secondFactors } = opened
    const [ann, ben] = [await addUser(), await addUser()]
    await times(50, (n) =>
      phones.save(inUse(n % 2 === 0 ? ann : ben), aPhone(`+4477009001${n + 10}`)),
    )
    expect(await opened.rows('SELECT user_id FROM phones')).toHaveLength(2)
    expect([await secondFactors(ann), await secondFactors(ben)]).toEqual([1, 1])
    expect(await phones.save(inUse(nodeSecrets.id()), aPhone())).toEqual({ status: 'user-deleted' })
  })

  it('are refused to an administrator without another factor', async () => {
    await using opened = await open(kind)
    const { phones, addUser, addAuthenticator, aPhone, addPhone } = opened
    const ann = await addUser({ isOperator: true })
    expect(await phones.save(inUse(ann), aPhone())).toEqual({ status: 'needs-other-factor' })
    expect(await phones.find(ann)).toBeNull()
    await addAuthenticator(ann)
    await addPhone(ann)
    await addPhone(ann, '+447700900124')
  })

  it('and removals at the same time leave an administrator no phone alone', async () => {
    await using opened = await open(kind)
    const { phones, factors, addUser, addAuthenticator, aPhone, secondFactors } = opened
    const ann = await addUser({ isOperator: true })
    for (let round = 0; round < 10; round += 1) {
      const authenticator = await addAuthenticator(ann)
      await Promise.all([
        phones.save(inUse(ann), aPhone()),
        factors.remove(ann, authenticator, keepNone),
        phones.save(inUse(ann), aPhone()),
      ])
      const { factors: left } = await factors.list(ann)
      expect(left.map((factor) => factor.kind)).not.toEqual(['phone'])
      expect(await secondFactors(ann)).toBe(left.length)
      await factors.removeAll(ann)
    }
  })
})

describe.each(databaseKinds)('codes by text message on %s', (kind) => {
  it('are correct once, with any current key, until they expire', async () => {
    await using opened = await open(kind)
    const ann = await opened.addUser()
    await opened.addPhone(ann)
    const { send, attempt } = opened
    expect(await send(ann)).toBe(true)
    expect(await attempt(ann, { code: 'wrong' })).toBeNull()
    expect(await attempt(ann, { at: now + 5 * minute })).toBeNull()
    expect(await attempt(ann, { at: now + 5 * minute - 1 })).toBe(number)
    expect(await attempt(ann)).toBeNull()
  })

  it('are accepted once of fifty parallel attempts', async () => {
    await using opened = await open(kind)
    const ann = await opened.addUser()
    await opened.addPhone(ann)
    await opened.send(ann)
    const results = await times(50, () => opened.attempt(ann))
    expect(results.filter((result) => result !== null)).toEqual([number])
  })

  it('are evaluated five times, also in fifty parallel attempts', async () => {
    await using opened = await open(kind)
    const ann = await opened.addUser()
    await opened.addPhone(ann)
    await opened.send(ann)
    await times(50, (n) => opened.attempt(ann, { code: `wrong ${n}` }))
    expect(await opened.rows('SELECT attempts FROM sms_codes')).toEqual([{ attempts: 5 }])
    expect(await opened.attempt(ann)).toBeNull()
    const use = { userId: ann, purpose: 'sign-in', boundTo: 'pending' } as const
    expect(await opened.smsCodes.find(use)).toMatchObject({ number, isUsable: false })
  })

  it.each<[string, { readonly purpose?: SmsCodePurpose; readonly boundTo?: string }]>([
    ['another purpose', { purpose: 'step-up' }],
    ['verifying a phone', { purpose: 'verify-phone' }],
    ['another sign-in', { boundTo: 'other' }],
  ])('are wrong for %s', async (_, use) => {
    await using opened = await open(kind)
    const [ann, ben] = [await opened.addUser(), await opened.addUser()]
    for (const user of [ann, ben]) await opened.addPhone(user)
    await opened.send(ann)
    expect(await opened.attempt(ann, { use })).toBeNull()
    expect(await opened.attempt(ben)).toBeNull()
    expect(await opened.attempt(ann)).toBe(number)
  })

  it('are wrong once the phone is removed or has another number', async () => {
    await using opened = await open(kind)
    const { factors, addUser, addPhone, send, attempt } = opened
    const [ann, ben] = [await addUser(), await addUser()]
    const { id } = await addPhone(ann)
    await addPhone(ben)
    for (const user of [ann, ben]) await send(user)
    expect(await factors.remove(ann, { kind: 'phone', id }, keepNone)).toBe('removed')
    await addPhone(ben, '+447700900124')
    expect([await attempt(ann), await attempt(ben)]).toEqual([null, null])
    // A new number is not one of the user yet.
    const use = { purpose: 'verify-phone' } as const
    await send(ann, { use, to: '+447700900125' })
    expect(await attempt(ann, { use })).toBe('+447700900125')
  })

  it('replace the previous one of the same use, but not within 30 seconds', async () => {
    await using opened = await open(kind)
    const ann = await opened.addUser()
    await opened.addPhone(ann)
    const { send, attempt } = opened
    const other = { boundTo: 'other' }
    expect(await send(ann, { code: 'first' })).toBe(true)
    expect(await send(ann, { code: 'other', use: other })).toBe(true)
    await attempt(ann, { code: 'wrong' })
    expect(await send(ann, { code: 'early', at: now + 30 * second - 1 })).toBe(false)
    const results = await times(20, (n) => send(ann, { code: `new ${n}`, at: now + 30 * second }))
    expect(results.filter((sent) => sent)).toHaveLength(1)
    const code = `new ${results.indexOf(true)}`
    expect(await attempt(ann, { code: 'first', at: now + minute })).toBeNull()
    expect(await attempt(ann, { code, at: now + minute })).toBe(number)
    expect(await attempt(ann, { code: 'other', use: other })).toBe(number)
  })

  it('are replaced at once when they can no longer be used', async () => {
    await using opened = await open(kind)
    const { addUser, addPhone, send, attempt } = opened
    const ann = await addUser()
    await addPhone(ann)
    await send(ann)
    expect(await attempt(ann)).toBe(number)
    expect([await send(ann), await send(ann)]).toEqual([true, false])
    for (let n = 0; n < 5; n += 1) await attempt(ann, { code: 'wrong' })
    expect([await send(ann), await send(ann)]).toEqual([true, false])
  })

  it('are replaced after the clock was set back, and not stored for a deleted user', async () => {
    await using opened = await open(kind)
    const ann = await opened.addUser()
    await opened.addPhone(ann)
    expect(await opened.send(ann, { at: now + 60 * minute })).toBe(true)
    expect(await opened.send(ann)).toBe(true)
    expect(await opened.send(nodeSecrets.id())).toBe(false)
  })

  it('are purged when they have expired', async () => {
    await using opened = await open(kind)
    const ann = await opened.addUser()
    await opened.send(ann)
    await opened.send(ann, { use: { boundTo: 'later' }, at: now + 1 })
    expect(await opened.smsCodes.purgeBatch(now + 5 * minute)).toBe(false)
    expect(await opened.rows('SELECT bound_to FROM sms_codes')).toEqual([{ bound_to: 'later' }])
  })
})
