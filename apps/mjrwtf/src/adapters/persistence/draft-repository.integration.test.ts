import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { whileLocked } from '../../../test/support/while-locked.ts'
import type { Draft } from '../../domain/draft.ts'
import { minute } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, drafts } = opened.persistence
  const addUser = async () => {
    const id = nodeSecrets.id()
    const email = `${id}@example.com`
    const credentials = {
      isOperator: false,
      hasPassword: true,
      passwordVersion: 0,
      passwordChangedBySession: null,
      passwordChangedAt: null,
      passwordResets: 0,
      secondFactors: 0,
    }
    const user = { id, email, createdAt: now, ...credentials }
    expect(await users.add({ user, passwordHash: 'hash' })).toBe('added')
    return id
  }
  const find = ({ id, userId, path }: Draft, changes: object = {}) =>
    drafts.find({ id, userId, path, since: now - minute, ...changes })
  return { ...opened, drafts, addUser, find }
}

function aDraft(userId: string, changes: Partial<Draft> = {}): Draft {
  const fields = { original_url: 'https://dest.test/' }
  return {
    id: nodeSecrets.id(),
    userId,
    sessionId: 's',
    path: '/create',
    fields,
    createdAt: now,
    ...changes,
  }
}

describe.each(databaseKinds)('drafts on %s', (kind) => {
  it('are found by id, user and path until they expire', async () => {
    await using opened = await open(kind)
    const { drafts, addUser, find } = opened
    const text = `"';--\\ \0 \ud800 \u{1f33b} \r\n{"a":1}`
    const draft = aDraft(await addUser(), { fields: { '': '', text, __proto: 'x' } })
    expect(await drafts.add(draft, { perSession: 5, perUser: 9 })).toBe(true)

    expect(await find(draft)).toEqual(draft.fields)
    expect(await find(draft, { since: now })).toBeNull()
    expect(await find(draft, { since: now - 1 })).toEqual(draft.fields)
    expect(await find(draft, { id: nodeSecrets.id() })).toBeNull()
    expect(await find(draft, { userId: await addUser() })).toBeNull()
    expect(await find(draft, { path: '/create/' })).toBeNull()
  })

  it('evict the oldest drafts of the same user', async () => {
    await using opened = await open(kind)
    const { drafts, addUser, find } = opened
    const ann = await addUser()
    const otherDraft = aDraft(await addUser(), { createdAt: now - 9 })
    await drafts.add(otherDraft, { perSession: 2, perUser: 9 })
    const [oldest, older, newer] = [-3, -2, -1].map((ago) => aDraft(ann, { createdAt: now + ago }))
    for (const draft of [older, oldest, newer])
      if (draft) await drafts.add(draft, { perSession: 2, perUser: 9 })
    expect(await Promise.all([oldest, older, newer].map((draft) => draft && find(draft)))).toEqual([
      null,
      older?.fields,
      newer?.fields,
    ])
    // Never evicts the draft that was just added, even if the clock was set back.
    const lateDraft = aDraft(ann, { createdAt: now - 30_000 })
    await drafts.add(lateDraft, { perSession: 2, perUser: 9 })
    expect(await find(lateDraft)).toEqual(lateDraft.fields)
    expect(await find(otherDraft)).toEqual(otherDraft.fields)
  })

  it('of one session do not evict those of another, up to the limit of the user', async () => {
    await using opened = await open(kind)
    const { drafts, addUser, find } = opened
    const ann = await addUser()
    const limits = { perSession: 2, perUser: 4 }
    const own = aDraft(ann, { createdAt: now - 9 })
    await drafts.add(own, limits)
    for (let n = 0; n < 5; n += 1) {
      await drafts.add(aDraft(ann, { sessionId: 'other', createdAt: now + n }), limits)
    }
    expect(await find(own)).toEqual(own.fields)
    expect(await opened.rows('SELECT id FROM drafts')).toHaveLength(3)
    for (let n = 0; n < 5; n += 1) {
      await drafts.add(aDraft(ann, { sessionId: `s${n}`, createdAt: now + n }), limits)
    }
    expect(await opened.rows('SELECT id FROM drafts')).toHaveLength(4)
  })

  it('stay within the limit when 50 are added concurrently', async () => {
    await using opened = await open(kind)
    const { drafts, addUser } = opened
    const ann = await addUser()
    const many = Array.from({ length: 50 }, (_, n) => aDraft(ann, { createdAt: now + n }))
    expect(
      await Promise.all(many.map((draft) => drafts.add(draft, { perSession: 5, perUser: 9 }))),
    ).toEqual(Array(50).fill(true))
    expect((await opened.rows('SELECT 1 FROM drafts')).length).toBeLessThanOrEqual(5)
  })

  it('are not stored for a deleted user, and are deleted with the user', async () => {
    await using opened = await open(kind)
    const { drafts, addUser, find } = opened
    expect(await drafts.add(aDraft('nobody'), { perSession: 5, perUser: 9 })).toBe(false)
    const draft = aDraft(await addUser())
    await drafts.add(draft, { perSession: 5, perUser: 9 })
    await opened.rows(`DELETE FROM users WHERE id = '${draft.userId}'`)
    expect(await find(draft)).toBeNull()
    expect(
      await drafts.add({ ...draft, id: nodeSecrets.id() }, { perSession: 5, perUser: 9 }),
    ).toBe(false)
  })

  it('are deleted by their user and purged when they expire', async () => {
    await using opened = await open(kind)
    const { drafts, addUser, find } = opened
    const draft = aDraft(await addUser())
    await drafts.add(draft, { perSession: 5, perUser: 9 })
    await drafts.remove(draft.id, await addUser())
    await drafts.purgeBatch(now - 1)
    expect(await find(draft)).toEqual(draft.fields)
    await drafts.remove(draft.id, draft.userId)
    expect(await find(draft)).toBeNull()
    await drafts.add(draft, { perSession: 5, perUser: 9 })
    await drafts.purgeBatch(now)
    expect(await find(draft)).toBeNull()
  })
})

describe('drafts in use (PostgreSQL)', () => {
  it('are not waited for by an eviction, so that two evictions cannot deadlock', async () => {
    await using opened = await open('postgres')
    const { drafts, addUser, find } = opened
    const ann = await addUser()
    const limits = { perSession: 2, perUser: 9 }
    const [one, two, three] = [1, 2, 3].map((n) => aDraft(ann, { createdAt: now + n }))
    for (const draft of [one, two]) if (draft) await drafts.add(draft, limits)
    const oldest = `SELECT FROM drafts WHERE id = '${one?.id}' FOR UPDATE`
    await whileLocked(opened.location, oldest, async () => three && drafts.add(three, limits))
    await drafts.add(aDraft(ann, { createdAt: now + 4 }), limits)
    expect(await Promise.all([one, two].map((draft) => draft && find(draft)))).toEqual([null, null])
  })
})
