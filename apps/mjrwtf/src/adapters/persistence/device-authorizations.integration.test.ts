import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import { minute, second } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)
const lifetime = 10 * minute

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, deviceAuthorizations } = opened.persistence
  const instant = kind === 'sqlite' ? `${now}` : `to_timestamp(${now / 1000})`

  async function addUser(): Promise<string> {
    const user = aNewUser(now)
    await users.add({ user, passwordHash: 'hash' })
    return user.id
  }

  async function addClient(id = nodeSecrets.id()): Promise<string> {
    await opened.rows(`INSERT INTO client_applications (id, name, kind, redirect_uris, scopes,
      allows_device_flow, created_by, created_at)
      VALUES ('${id}', 'Command line', 'public', '[]', 'links:read', 1, 'ann', ${instant})`)
    return id
  }

  async function request(clientId: string, details = {}) {
    const id = nodeSecrets.id()
    const authorization = {
      ...{ id, clientId, deviceCodeHash: `device ${id}`, userCodeHash: `user ${id}` },
      scopes: ['links:read', 'links:write'] as const,
      ...{ ipAddress: '192.0.2.1', userAgent: 'tool/1.0' },
      ...{ createdAt: now, expiresAt: now + lifetime, ...details },
    }
    const added = await deviceAuthorizations.add(authorization)
    return { ...authorization, added }
  }

  const decide = (id: string, userId: string, decision = {}) =>
    deviceAuthorizations.decide({
      ...{ id, userId, isApproved: true, scopes: ['links:read'] },
      ...{ authenticatedAt: now - minute, passwordVersion: 3, at: now + second, ...decision },
    })
  const poll = (id: string, clientId: string, at = now + 2 * second) =>
    deviceAuthorizations.poll({ deviceCodeHash: `device ${id}`, clientId, at })
  return { ...opened, deviceAuthorizations, addUser, addClient, request, decide, poll }
}

describe.each(databaseKinds)('device authorizations on %s', (kind) => {
  it('add: rejects a code that is in use and a client that was removed', async () => {
    await using opened = await open(kind)
    const clientId = await opened.addClient()
    const first = await opened.request(clientId)
    expect(first.added).toBe(true)
    const { deviceCodeHash, userCodeHash } = first
    expect((await opened.request(clientId, { userCodeHash })).added).toBe(false)
    expect((await opened.request(clientId, { deviceCodeHash })).added).toBe(false)
    expect((await opened.request('unknown')).added).toBe(false)
  })

  it('find: returns an authorization until it expires or is decided', async () => {
    await using opened = await open(kind)
    const { deviceAuthorizations, addClient, request, addUser, decide } = opened
    const { id, userCodeHash, ...rest } = await request(await addClient())
    const { deviceCodeHash: _, added: __, ...stored } = { id, ...rest }
    const find = async (at: number) => [
      await deviceAuthorizations.find(id, at),
      await deviceAuthorizations.findByUserCode(['another', userCodeHash], at),
    ]
    expect(await find(now + lifetime - 1)).toEqual([stored, stored])
    expect(await find(now + lifetime)).toEqual([null, null])
    expect(await deviceAuthorizations.findByUserCode(['another'], now)).toBeNull()
    await decide(id, await addUser())
    expect(await find(now)).toEqual([null, null])
  })

  it('decide: succeeds for exactly one of many parallel decisions, and not after expiry', async () => {
    await using opened = await open(kind)
    const { addClient, request, addUser, decide, poll } = opened
    const [clientId, ann, bob] = [await addClient(), await addUser(), await addUser()]
    const { id } = await request(clientId)
    const decisions = Array.from({ length: 20 }, (_, n) =>
      decide(id, n % 2 === 0 ? ann : bob, { isApproved: n % 2 === 0 }),
    )
    const results = await Promise.all(decisions)
    expect(results.filter((each) => each)).toHaveLength(1)
    const expected = results.indexOf(true) % 2 === 0 ? 'approved' : 'denied'
    expect((await poll(id, clientId)).status).toBe(expected)
    const late = await request(clientId)
    expect(await decide(late.id, ann, { at: now + lifetime })).toBe(false)
    expect(await decide(late.id, 'deleted')).toBe(false)
    expect(await decide('unknown', ann)).toBe(false)
  })

  it('poll: gives an approved device code to exactly one of 50 parallel polls', async () => {
    await using opened = await open(kind)
    const { addClient, request, addUser, decide, poll } = opened
    const [clientId, other, userId] = [await addClient(), await addClient(), await addUser()]
    const { id, ipAddress, userAgent } = await request(clientId)
    await decide(id, userId)
    expect(await poll(id, other)).toEqual({ status: 'unknown' })
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => poll(id, clientId)))
    const device = {
      ...{ userId, scopes: ['links:read'], ipAddress, userAgent },
      ...{ authorizedAt: now + second, authenticatedAt: now - minute, passwordVersion: 3 },
    }
    expect(outcomes.filter(({ status }) => status === 'approved')).toEqual([
      { status: 'approved', device },
    ])
    expect(outcomes.filter(({ status }) => status === 'unknown')).toHaveLength(49)
  })

  it('poll: extends the interval by 5 s for each poll that comes too early', async () => {
    await using opened = await open(kind)
    const { addClient, request, addUser, decide } = opened
    const clientId = await addClient()
    const { id } = await request(clientId)
    const isEarly = async (at: number) => {
      const outcome = await opened.poll(id, clientId, now + at)
      return outcome.status === 'pending' ? outcome.isEarly : outcome.status
    }
    expect(await isEarly(0)).toBe(false)
    expect(await isEarly(5 * second)).toBe(false)
    expect(await isEarly(10 * second - 1)).toBe(true)
    expect(await isEarly(20 * second - 2)).toBe(true)
    expect(await isEarly(35 * second - 2)).toBe(false)
    expect(await isEarly(34 * second)).toBe(false)
    await decide(id, await addUser(), { isApproved: false, at: now + 40 * second })
    expect(await isEarly(41 * second)).toBe('denied')
    const flooded = await request(clientId)
    const polls = Array.from({ length: 300 }, () => opened.poll(flooded.id, clientId, now))
    await Promise.all(polls)
    const [row] = await opened.rows(`SELECT interval_ms FROM device_authorizations
      WHERE id = '${flooded.id}'`)
    expect(Number(Object.values(Object(row))[0])).toBe(lifetime)
  })

  it('poll: reports an expired authorization as expired, approved or not', async () => {
    await using opened = await open(kind)
    const { addClient, request, addUser, decide, poll } = opened
    const [clientId, userId] = [await addClient(), await addUser()]
    const [open_, approved, denied] = [
      await request(clientId),
      await request(clientId),
      await request(clientId),
    ]
    await decide(approved.id, userId)
    await decide(denied.id, userId, { isApproved: false })
    const end = now + lifetime
    expect(await poll(open_.id, clientId, end)).toEqual({ status: 'expired' })
    expect(await poll(approved.id, clientId, end)).toEqual({ status: 'expired' })
    expect(await poll(denied.id, clientId, end)).toEqual({ status: 'denied' })
    expect((await poll(open_.id, clientId, end - 1)).status).toBe('pending')
    expect(await poll('unknown', clientId, end)).toEqual({ status: 'unknown' })
  })

  it('remove: a deleted user or client takes its authorizations with it', async () => {
    await using opened = await open(kind)
    const { addClient, request, addUser, decide, poll, persistence } = opened
    const [clientId, userId] = [await addClient(), await addUser()]
    const { id } = await request(clientId)
    await decide(id, userId)
    await persistence.accounts.remove(userId)
    expect(await poll(id, clientId)).toEqual({ status: 'unknown' })
    const other = await request(clientId)
    await opened.rows(`DELETE FROM client_applications WHERE id = '${clientId}'`)
    expect(await poll(other.id, clientId)).toEqual({ status: 'unknown' })
  })
})
