import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import { day } from '../../domain/time.ts'
import { browserTrustDuration, maxTrustedBrowsers } from '../../domain/trusted-browser.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)
const client = { ipAddress: '192.0.2.1', userAgent: 'Firefox' }

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, trustedBrowsers } = opened.persistence
  const instant = kind === 'sqlite' ? `${now}` : `to_timestamp(${now / 1000})`
  const bytes = kind === 'sqlite' ? `x'00'` : `'\\x00'`

  async function addUser() {
    const user = aNewUser(now)
    await users.add({ user, passwordHash: 'hash' })
    return user
  }

  function trust(user: Awaited<ReturnType<typeof addUser>>, lastUsedAt = now) {
    const id = nodeSecrets.id()
    const times = { createdAt: now, lastUsedAt, expiresAt: now + browserTrustDuration }
    const browser = { id, userId: user.id, tokenHash: `hash of ${id}`, ...client, ...times }
    return trustedBrowsers.add(browser, user).then((added) => ({ added, id }))
  }

  const use = (userId: string, id: string, at = now) =>
    trustedBrowsers.use({ userId, id, tokenHash: `hash of ${id}`, at, ...client })
  const addPhone = (userId: string) =>
    opened.rows(
      `INSERT INTO phones (id, user_id, number, created_at)
       VALUES ('${userId}', '${userId}', '+4915112345678', ${instant})`,
    )
  const removePhone = (userId: string) =>
    opened.rows(`DELETE FROM phones WHERE user_id = '${userId}'`)
  const addPasskey = (userId: string) =>
    opened.rows(
      `INSERT INTO passkeys (id, user_id, name, public_key, counter, transports, can_sync, is_synced,
         can_verify_user, aaguid, created_at)
       VALUES ('${userId}', '${userId}', 'Key', ${bytes}, 1, '[]', 0, 0, 1, 'none', ${instant})`,
    )
  const suspendPasskey = (userId: string) =>
    opened.rows(`UPDATE passkeys SET suspended_at = ${instant} WHERE user_id = '${userId}'`)
  const changePassword = (userId: string) =>
    users.changePassword({ userId, from: 'hash', to: 'other', sessionId: 'session', at: now })
  const changes = { addPhone, removePhone, addPasskey, suspendPasskey, changePassword }
  return { ...opened, trustedBrowsers, addUser, trust, use, ...changes }
}

describe.each(databaseKinds)('trusted browsers on %s', (kind) => {
  it('use: accepts the right secret of the right user for 30 days, and records the use', async () => {
    await using opened = await open(kind)
    const { trustedBrowsers, use } = opened
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    const { id } = await opened.trust(ann)
    expect(await use(ann.id, id, now + day)).toBe(true)
    expect(await use(bob.id, id)).toBe(false)
    const wrong = { userId: ann.id, id, tokenHash: 'another', at: now, ...client }
    expect(await trustedBrowsers.use(wrong)).toBe(false)
    expect(await use(ann.id, id, now + 30 * day)).toBe(false)
    const [listed] = await trustedBrowsers.list(ann.id, now)
    expect(listed).toMatchObject({ id, createdAt: now, lastUsedAt: now + day, ...client })
    expect(await trustedBrowsers.list(ann.id, now + 30 * day)).toEqual([])
  })

  it.each(['changePassword', 'addPhone', 'removePhone', 'suspendPasskey'] as const)(
    '%s: ends the trust in all browsers of the user, and of no other',
    async (change) => {
      await using opened = await open(kind)
      const [ann, bob] = [await opened.addUser(), await opened.addUser()]
      if (change === 'removePhone') await opened.addPhone(ann.id)
      if (change === 'suspendPasskey') await opened.addPasskey(ann.id)
      const factors = change === 'removePhone' || change === 'suspendPasskey' ? 1 : 0
      const { id } = await opened.trust({ ...ann, secondFactors: factors })
      const other = await opened.trust(bob)
      expect(await opened.use(ann.id, id)).toBe(true)
      await opened[change](ann.id)
      expect(await opened.use(ann.id, id)).toBe(false)
      expect(await opened.use(bob.id, other.id)).toBe(true)
    },
  )

  it('add: adds nothing after a change of password or factors since the user was read', async () => {
    await using opened = await open(kind)
    const user = await opened.addUser()
    expect(await opened.trust({ ...user, secondFactors: 1 })).toMatchObject({ added: false })
    await opened.changePassword(user.id)
    expect(await opened.trust(user)).toMatchObject({ added: false })
    expect(await opened.trust({ ...user, passwordVersion: 1 })).toMatchObject({ added: true })
    const unknown = { ...user, id: nodeSecrets.id() }
    expect(await opened.trust(unknown)).toMatchObject({ added: false })
  })

  it('add: keeps the last used of more than twenty, also of forty at once', async () => {
    await using opened = await open(kind)
    const user = await opened.addUser()
    const first = await opened.trust(user, now - day)
    await Promise.all(Array.from({ length: 40 }, (_, n) => opened.trust(user, now + n)))
    const listed = await opened.trustedBrowsers.list(user.id, now)
    expect(listed).toHaveLength(maxTrustedBrowsers)
    expect(listed.some(({ id }) => id === first.id)).toBe(false)
    const newest = await opened.trust(user, now - day)
    const ids = (await opened.trustedBrowsers.list(user.id, now)).map(({ id }) => id)
    expect([ids.length, ids.includes(newest.id)]).toEqual([maxTrustedBrowsers, true])
  })

  it('end and endAll: end only browsers of the user, and keep the exception', async () => {
    await using opened = await open(kind)
    const { trustedBrowsers } = opened
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    const [one, two, three] = [
      await opened.trust(ann),
      await opened.trust(ann),
      await opened.trust(ann),
    ]
    expect(await trustedBrowsers.end(bob.id, one.id)).toBe(false)
    expect(await trustedBrowsers.end(ann.id, one.id)).toBe(true)
    expect(await trustedBrowsers.end(ann.id, one.id)).toBe(false)
    expect(await trustedBrowsers.endAll(ann.id, two.id)).toBe(1)
    expect(await opened.use(ann.id, three.id)).toBe(false)
    expect(await trustedBrowsers.endAll(ann.id, null)).toBe(1)
  })

  it('purgeBatch: removes expired browsers only', async () => {
    await using opened = await open(kind)
    const user = await opened.addUser()
    await opened.trust(user)
    expect(await opened.trustedBrowsers.purgeBatch(now + 30 * day - 1)).toBe(false)
    expect(await opened.rows('SELECT id FROM trusted_browsers')).toHaveLength(1)
    await opened.trustedBrowsers.purgeBatch(now + 30 * day)
    expect(await opened.rows('SELECT id FROM trusted_browsers')).toEqual([])
  })
})
