import { describe, expect, it } from 'vitest'
import { createChainSigner, createChainVerifier } from '../src/adapters/crypto/chain-keys.ts'
import { openPersistence } from '../src/adapters/persistence/open-persistence.ts'
import type { Persistence } from '../src/adapters/persistence/persistence.ts'
import { createAudit } from '../src/application/audit/audit.ts'
import { verifyFile } from '../src/application/audit/export-chain.ts'
import { createVerifyChain } from '../src/application/audit/verify-chain.ts'
import type { ChainSigner } from '../src/application/ports/chain-keys.ts'
import { entryHashOf } from '../src/domain/security-chain.ts'
import type { SecurityEvent } from '../src/domain/security-event.ts'
import { day } from '../src/domain/time.ts'
import { type DatabaseKind, databaseKinds, openTestPersistence } from './persistence.ts'
import { testChain, testSecretKeys } from './support/test-chain.ts'

const now = Date.UTC(2030, 0, 1)

function anEvent(n: number, overrides: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    ...{ id: `event-${n}`, userId: 'ann', at: now + n, kind: 'sign-in-failed', outcome: 'failure' },
    ...{ sessionId: null, ipAddress: '192.0.2.7', userAgent: 'Firefox "é" 😀', detail: `${n}` },
    ...overrides,
  }
}

function events(from: number, to: number): readonly SecurityEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => anEvent(from + index))
}

async function addUser({ users }: Persistence, id: string): Promise<void> {
  const user = {
    ...{ id, email: `${id}@users.test`, createdAt: now, isOperator: false, hasPassword: true },
    ...{ passwordVersion: 0, passwordResets: 0, secondFactors: 0 },
    ...{ passwordChangedBySession: null, passwordChangedAt: null },
  }
  await users.add({ user, passwordHash: 'hash' })
}

async function* linesOf(lines: AsyncIterable<object> | Iterable<object>) {
  for await (const line of lines) yield JSON.stringify(line)
}

/** A database with the users ann and bob, and `count` events of ann in a chain. */
async function open(kind: DatabaseKind, { count = 6, keys = testChain().keys } = {}) {
  const opened = await openTestPersistence(kind)
  const { persistence } = opened
  for (const id of ['ann', 'bob']) await addUser(persistence, id)
  if (count > 0) await persistence.securityEvents.add(events(1, count), { keys, now })
  const logged: Record<string, unknown>[] = []
  const log = (fields: object) => void logged.push({ ...fields })
  const auditOf = (chainKeys: ChainSigner, of = persistence, at = now) =>
    createAudit({
      ...{ ...of, chainKeys, clock: { now: () => at }, log: { info: log, warn: log, error: log } },
      batchRunner: {
        async run(steps) {
          for (const step of steps) while (await step());
        },
      },
    })
  const audit = auditOf(keys)
  return {
    ...opened,
    audit,
    auditOf,
    logged,
    /** Direct SQL of an attacker who removed the triggers. */
    async tamper(...statements: readonly string[]) {
      await dropTriggers(opened.rows, kind)
      for (const statement of statements) await opened.rows(statement)
    },
    async problems() {
      const { problems } = await audit.verify()
      return problems.map(({ kind: problem, position, id }) => [problem, position, id])
    },
    /** A chain that is read with a page of any length. */
    verifyWith: (auditTrail: Persistence['auditTrail']) =>
      createVerifyChain({ auditTrail, verifier: keys })(now),
  }
}

function insertOf(row: object): string {
  const columns = Object.keys(row)
  const values = Object.values(row).map((value) => {
    if (value === null || typeof value === 'number') return String(value)
    return `'${value instanceof Date ? value.toISOString() : value}'`
  })
  return `INSERT INTO security_events (${columns}) VALUES (${values})`
}

async function dropTriggers(
  rows: (query: string) => Promise<readonly unknown[]>,
  kind: DatabaseKind,
) {
  if (kind === 'postgres') {
    await rows('ALTER TABLE security_events DISABLE TRIGGER USER')
    await rows('ALTER TABLE security_event_records DISABLE TRIGGER USER')
    return
  }
  const names = (await rows(
    `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name LIKE 'security_event%'`,
  )) as readonly { readonly name: string }[]
  for (const { name } of names) await rows(`DROP TRIGGER ${name}`)
}

describe.each(databaseKinds)('security log chain on %s', (kind) => {
  it('verifies a chain of events, and names its head', async () => {
    await using opened = await open(kind)
    const report = await opened.audit.verify()
    expect(report).toMatchObject({ isIntact: true, events: 6, erased: 0, problems: [] })
    expect(report.state.head.position).toBe(6)
  })

  it.each([
    [
      'a changed text',
      [`UPDATE security_events SET detail = 'x' WHERE id = 'event-3'`],
      ['changed', 3, 'event-3'],
    ],
    [
      'a changed user',
      [`UPDATE security_events SET user_id = 'bob' WHERE id = 'event-3'`],
      ['changed', 3, 'event-3'],
    ],
    [
      'a text changed to null',
      [`UPDATE security_events SET user_agent = NULL WHERE id = 'event-3'`],
      ['changed', 3, 'event-3'],
    ],
    ['a removed event', [`DELETE FROM security_events WHERE id = 'event-3'`], ['missing', 3, null]],
    [
      'the last events removed',
      ['DELETE FROM security_events WHERE chain_position > 4'],
      ['truncated', 5, null],
    ],
    ['all events removed', ['DELETE FROM security_events'], ['truncated', 1, null]],
    [
      'an inserted event without a place',
      [
        `INSERT INTO security_events (id, user_id, at, kind, outcome) SELECT 'x', user_id, at, kind, outcome FROM security_events WHERE id = 'event-3'`,
      ],
      ['not-in-chain', null, 'x'],
    ],
    [
      'an inserted event at a used place',
      [
        `INSERT INTO security_events (id, user_id, at, kind, outcome, chain_position, chain_hash) SELECT 'x', user_id, at, kind, outcome, 3, chain_hash FROM security_events WHERE id = 'event-3'`,
      ],
      ['duplicate', 3],
    ],
    [
      'an inserted event after the head',
      [
        `INSERT INTO security_events (id, user_id, at, kind, outcome, chain_position, chain_hash) SELECT 'x', user_id, at, kind, outcome, 7, chain_hash FROM security_events WHERE id = 'event-3'`,
      ],
      ['after-head', 7, null],
    ],
    [
      'a head that was set back',
      [
        'DELETE FROM security_events WHERE chain_position > 4',
        'UPDATE security_event_chain SET position = 4, hash = (SELECT chain_hash FROM security_events WHERE chain_position = 4)',
      ],
      ['head-not-signed', 4, null],
    ],
    [
      'a start that was moved',
      [
        'DELETE FROM security_events WHERE chain_position <= 2',
        'UPDATE security_event_chain SET start_position = 2, start_hash = (SELECT chain_hash FROM security_events WHERE chain_position = 3)',
      ],
      ['head-not-signed', 6, null],
    ],
    [
      'an inserted event before the start',
      [
        `INSERT INTO security_events (id, user_id, at, kind, outcome, chain_position, chain_hash) SELECT 'x', user_id, at, kind, outcome, 0, chain_hash FROM security_events WHERE id = 'event-3'`,
      ],
      ['not-in-chain', 0, 'x'],
    ],
    [
      'an inserted record before the start',
      [`INSERT INTO security_event_records VALUES (-1, 'erasure', '{}', 'x')`],
      ['not-in-chain', -1, null],
    ],
    [
      'a forged erasure',
      [
        `INSERT INTO security_event_records (position, kind, content, hash) SELECT 3, 'erased', 'x', chain_hash FROM security_events WHERE id = 'event-3'`,
        `DELETE FROM security_events WHERE id = 'event-3'`,
      ],
      ['erased-without-record', 3, null],
    ],
  ] as const)('reports %s', async (_, statements, problem) => {
    await using opened = await open(kind)
    await opened.tamper(...statements)
    const problems = await opened.problems()
    expect(problems.map((each) => each.slice(0, problem.length))).toContainEqual([...problem])
  })

  it('reports a change of any column of an event', async () => {
    await using opened = await open(kind)
    const columns = ['id', 'user_id', 'kind', 'session_id', 'ip_address', 'user_agent']
    const later = kind === 'sqlite' ? 'at + 1' : `at + interval '1 microsecond'`
    const changes = [
      ...[...columns, 'detail', 'chain_hash'].map((name) => `${name} = 'bob'`),
      ...[
        `at = ${later}`,
        `outcome = 'success'`,
        'chain_position = 99',
        'chain_position = NULL',
        'chain_hash = NULL',
      ],
    ]
    await opened.tamper()
    for (const change of changes) {
      const [before] = await opened.rows(`SELECT * FROM security_events WHERE id = 'event-3'`)
      await opened.rows(`UPDATE security_events SET ${change} WHERE id = 'event-3'`)
      const problems = await opened.problems()
      expect(problems.map(([, position]) => position)).toContain(3)
      await opened.rows(`DELETE FROM security_events WHERE id IN ('event-3', 'bob')`)
      await opened.rows(insertOf(Object(before)))
      expect(await opened.problems()).toEqual([])
    }
  })

  it('reports a change of any column of a record', async () => {
    await using opened = await open(kind)
    const { accounts } = opened.persistence
    await accounts.remove('ann')
    while (await accounts.removeDataBatch(testChain()));
    await opened.tamper()
    const changes = [`kind = 'Erased'`, `content = 'x'`, `hash = 'x'`, 'position = 99']
    for (const position of [3, 7]) {
      for (const change of changes) {
        const where = `WHERE position = ${position}`
        const [before] = await opened.rows(`SELECT * FROM security_event_records ${where}`)
        await opened.rows(`UPDATE security_event_records SET ${change} ${where}`)
        const problems = await opened.problems()
        expect(problems.map(([, found]) => found)).toContain(position)
        const { kind: was, content, hash } = Object(before)
        await opened.rows(`DELETE FROM security_event_records WHERE position IN (${position}, 99)`)
        await opened.rows(
          `INSERT INTO security_event_records VALUES (${position}, '${was}', '${content}', '${hash}')`,
        )
        expect(await opened.problems()).toEqual([])
      }
    }
  })

  it('reports a row at a used place wherever a page ends', async () => {
    await using opened = await open(kind)
    await opened.tamper(
      `INSERT INTO security_events (id, user_id, at, kind, outcome, chain_position, chain_hash) SELECT 'x', user_id, at, kind, outcome, 3, chain_hash FROM security_events WHERE id = 'event-3'`,
    )
    const { auditTrail } = opened.persistence
    for (const size of [2, 3, 4]) {
      const entriesAfter = (position: number) => auditTrail.entriesAfter(position, size)
      const { problems } = await opened.verifyWith({ ...auditTrail, entriesAfter })
      expect(problems.map(({ kind: problem }) => problem)).toContain('duplicate')
    }
  })

  it('reports an event that was removed in the place of one of a deleted account', async () => {
    await using opened = await open(kind)
    const { accounts } = opened.persistence
    const entry = (await opened.persistence.auditTrail.entriesAfter(2, 1))[0]
    const entryHash = entry === undefined ? '' : entryHashOf(testChain().keys.sha256, entry)
    await opened.tamper(`UPDATE security_events SET user_id = 'bob' WHERE id = 'event-3'`)
    await accounts.remove('bob')
    while (await accounts.removeDataBatch(testChain()));
    await opened.rows(
      `UPDATE security_event_records SET content = '${entryHash}' WHERE position = 3`,
    )
    expect(await opened.problems()).toEqual([['erased-without-record', 3, null]])
  })

  it('reports events that were made to look old, so that the purge removes them', async () => {
    await using opened = await open(kind)
    const { securityEvents } = opened.persistence
    const before = kind === 'sqlite' ? '0' : 'to_timestamp(0)'
    await opened.tamper(`UPDATE security_events SET at = ${before} WHERE chain_position <= 3`)
    while (await securityEvents.purgeBatch(now, testChain()));
    const report = await opened.audit.verify()
    expect(report).toMatchObject({ events: 3, state: { start: { position: 3 } } })
    expect(report.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('before the purge removed them: 1 to 3.'),
    ])
  })

  it('keeps erased events without an older one behind them, so that verification finds forged ones', async () => {
    await using opened = await open(kind)
    const { securityEvents } = opened.persistence
    const entries = await opened.persistence.auditTrail.entriesAfter(0, 2)
    for (const entry of entries) {
      const hash = entryHashOf(testChain().keys.sha256, entry)
      await opened.tamper(
        `INSERT INTO security_event_records VALUES (${entry.position}, 'erased', '${hash}', '${entry.hash}')`,
        `DELETE FROM security_events WHERE chain_position = ${entry.position}`,
      )
    }
    while (await securityEvents.purgeBatch(now, testChain()));
    expect(await opened.problems()).toEqual([['erased-without-record', 1, null]])
  })

  it('adds events although records were inserted at the next places', async () => {
    await using opened = await open(kind)
    await opened.tamper(
      `INSERT INTO security_event_records VALUES (7, 'erasure', '{}', 'x'), (8, 'erasure', '{}', 'x')`,
      `UPDATE security_event_chain SET signature = ''`,
    )
    const other = await openPersistence(opened.location)
    await opened.auditOf(testChain().keys, other).recordEvents([anEvent(8)])
    await other.accounts.remove('ann')
    while (await other.accounts.removeDataBatch(testChain()));
    await other.close()
    expect(await opened.rows('SELECT id FROM security_events')).toEqual([])
    expect((await opened.problems()).map(([problem]) => problem)).toContain('duplicate')
  })

  it('reports two exchanged events', async () => {
    await using opened = await open(kind)
    await opened.tamper(
      `UPDATE security_events SET chain_position = 99 WHERE id = 'event-3'`,
      `UPDATE security_events SET chain_position = 3 WHERE id = 'event-4'`,
      `UPDATE security_events SET chain_position = 4 WHERE id = 'event-3'`,
    )
    expect(await opened.problems()).toEqual([
      ['changed', 3, 'event-4'],
      ['changed', 4, 'event-3'],
      ['changed', 5, 'event-5'],
    ])
  })

  it('does not extend a forged head as if it were its own', async () => {
    await using opened = await open(kind)
    await opened.tamper(
      'DELETE FROM security_events WHERE chain_position > 4',
      'UPDATE security_event_chain SET position = 4, hash = (SELECT chain_hash FROM security_events WHERE chain_position = 4)',
    )
    const other = await openPersistence(opened.location)
    const audit = opened.auditOf(testChain().keys, other)
    await audit.recordEvents([anEvent(7)])
    await other.close()
    expect(opened.logged).toContainEqual({
      event: 'audit-chain-broken',
      reason: 'invalid-signature',
    })
    expect(await opened.problems()).toEqual([['interrupted', 5, null]])
  })

  it('reports the events that an earlier copy of the database lacks, if they were its own', async () => {
    await using opened = await open(kind)
    const copy = await opened.rows('SELECT * FROM security_event_chain')
    const [{ position, hash, signature }] = copy as [Record<string, string>]
    await opened.persistence.securityEvents.add(events(7, 8), testChain())
    await opened.tamper(
      'DELETE FROM security_events WHERE chain_position > 6',
      `UPDATE security_event_chain SET position = ${position}, hash = '${hash}', signature = '${signature}'`,
    )
    // The copy has a valid signature, so only the process log and the process itself show what is missing.
    expect(await opened.problems()).toEqual([])
    await opened.audit.recordEvents([anEvent(9)])
    expect(await opened.problems()).toEqual([
      ['missing', 7, null],
      ['interrupted', 9, null],
    ])
  })

  it('compares the chain with the heads in the process log', async () => {
    await using opened = await open(kind)
    await opened.audit.logHead()
    await opened.audit.logHead()
    await opened.audit.recordEvents(events(7, 8))
    await opened.audit.logHead()
    const log = opened.logged.filter(({ event }) => event === 'audit-head')
    expect(log).toHaveLength(2)
    expect(await opened.audit.verify({ log: linesOf(log) })).toMatchObject({
      isIntact: true,
      loggedHeads: 2,
    })

    // An attacker with the keys: the database alone shows nothing.
    await opened.tamper(
      'DELETE FROM security_events',
      `UPDATE security_event_chain SET start_position = 0, start_hash = '', position = 0, hash = '', signature = ''`,
    )
    const other = await openPersistence(opened.location)
    await opened.auditOf(testChain().keys, other).recordEvents(events(2, 8))
    const audit = opened.auditOf(testChain().keys, other)
    expect(await audit.verify()).toMatchObject({ isIntact: true })
    const { problems } = await audit.verify({ log: linesOf(log) })
    await other.close()
    expect(problems.map(({ kind: problem, position }) => [problem, position])).toEqual([
      ['differs-from-log', 6],
      ['truncated', 8],
    ])
  })

  it('adds a batch once although it is repeated, and concurrent batches without a gap', async () => {
    await using opened = await open(kind, { count: 0 })
    const others = await Promise.all([1, 2].map(() => openPersistence(opened.location)))
    const all = [opened.persistence, ...others]
    const batches = Array.from({ length: 30 }, (_, n) => events(n * 10 + 1, n * 10 + 10))
    await Promise.all(
      batches.flatMap((batch, n) =>
        // Each batch twice, from two connections.
        [0, 1].map((more) => all[(n + more) % 3]?.securityEvents.add(batch, testChain())),
      ),
    )
    for (const other of others) await other.close()
    expect(await opened.audit.verify()).toMatchObject({ isIntact: true, events: 300 })
    expect(await opened.rows('SELECT id FROM security_events')).toHaveLength(300)
  })

  it('stores text that has no UTF-8 as it was hashed', async () => {
    await using opened = await open(kind, { count: 0 })
    const cut = `${'x'.repeat(511)}😀`.slice(0, 512)
    await opened.persistence.securityEvents.add([anEvent(1, { detail: cut })], testChain())
    expect(await opened.audit.verify()).toMatchObject({ isIntact: true, events: 1 })
  })

  it('keeps the places of a deleted account, and nothing of its events', async () => {
    await using opened = await open(kind)
    const { accounts, securityEvents } = opened.persistence
    await securityEvents.add([anEvent(7, { userId: 'bob' }), anEvent(8)], testChain())
    await accounts.remove('ann')
    while (await accounts.removeDataBatch(testChain()));
    expect(await opened.audit.verify()).toMatchObject({ isIntact: true, events: 1, erased: 7 })
    expect(await opened.rows('SELECT id FROM security_events')).toEqual([{ id: 'event-7' }])
    expect(await opened.rows('SELECT * FROM deleted_users')).toEqual([])
    const remains = JSON.stringify(await opened.rows('SELECT * FROM security_event_records'))
    expect(remains).not.toMatch(/ann|event-|192\.0\.2|Firefox/)

    await opened.tamper(`UPDATE security_event_records SET content = 'x' WHERE position = 3`)
    expect(await opened.problems()).toEqual([
      ['changed', 3, null],
      ['erased-without-record', 3, null],
    ])
  })

  it('starts after the events that the purge removed', async () => {
    await using opened = await open(kind)
    const { securityEvents } = opened.persistence
    const later = testChain(now + day)
    await securityEvents.add([anEvent(7, { at: now + day })], later)
    while (await securityEvents.purgeBatch(now + 5, later));
    expect(await opened.audit.verify()).toMatchObject({ isIntact: true, events: 3 })
    while (await securityEvents.purgeBatch(now + day, later));
    const report = await opened.audit.verify()
    expect(report).toMatchObject({ isIntact: true, events: 1 })
    expect(report.state.start.position).toBe(6)
    await opened.tamper('DELETE FROM security_events')
    expect(await opened.problems()).toEqual([['truncated', 7, null]])
  })

  it('removes the content of old events behind one with a wrong clock', async () => {
    await using opened = await open(kind, { count: 0 })
    const { securityEvents } = opened.persistence
    const future = anEvent(1, { at: now + 900 * day })
    await securityEvents.add([future, ...events(2, 4)], testChain())
    while (await securityEvents.purgeBatch(now + 2 * day, testChain(now + 2 * day)));
    expect(await opened.rows('SELECT id FROM security_events')).toEqual([{ id: 'event-1' }])
    expect(await opened.audit.verify()).toMatchObject({ isIntact: true, events: 1, erased: 3 })
    while (await securityEvents.purgeBatch(now + 901 * day, testChain(now + 901 * day)));
    expect(await opened.audit.verify()).toMatchObject({ isIntact: true, events: 0, erased: 0 })
    expect(await opened.rows('SELECT * FROM security_event_records')).toEqual([])
  })

  it('adds events of an earlier release while it accepts them, and reports them afterwards', async () => {
    await using opened = await open(kind, { count: 0 })
    const at = kind === 'sqlite' ? '1000' : 'to_timestamp(1)'
    const insert = (id: string) =>
      opened.rows(`INSERT INTO security_events (id, user_id, at, kind, outcome)
        VALUES ('${id}', 'ann', ${at}, 'session-created', 'success')`)
    for (let n = 0; n < 510; n += 1) await insert(`old-${n}`)
    await opened.audit.recordEvents([anEvent(1)])
    expect(await opened.audit.verify()).toMatchObject({ isIntact: true, events: 1, pending: 1 })
    await opened.audit.adoptEvents()
    expect(await opened.audit.verify()).toMatchObject({
      ...{ isIntact: true, events: 511, adopted: 510, adoptedAt: now, pending: 0 },
    })
    await insert('late')
    const later = opened.auditOf(testChain().keys, opened.persistence, now + 2 * day)
    await later.adoptEvents()
    const { problems } = await later.verify()
    expect(problems.map(({ kind: problem, id }) => [problem, id])).toEqual([
      ['not-in-chain', 'late'],
    ])
  })

  it('signs with the newest key, and confirms heads of older ones while they are trusted', async () => {
    await using opened = await open(kind)
    const both = createChainSigner(['a-new-secret-key-0123456789', testSecretKeys])
    const [newest] = both.trustedKeys
    const rotated = opened.auditOf(both)
    await rotated.adoptEvents()
    const report = await rotated.verify()
    expect([report.isIntact, report.state.key]).toEqual([true, newest])

    // Without overlap: the chain says that the head before was of an unknown key.
    const other = await openPersistence(opened.location)
    const lost = createChainSigner(['another-secret-key-0123456789'])
    const audit = opened.auditOf(lost, other)
    await audit.recordEvents([anEvent(7)])
    await other.close()
    const again = opened.auditOf(lost)
    expect((await again.verify()).problems.map(({ kind: problem }) => problem)).toEqual([
      'interrupted',
    ])
    expect(await again.verify({ keys: both.trustedKeys })).toMatchObject({
      isIntact: true,
      events: 7,
    })
  })

  it('verifies while events are added, erased and purged', async () => {
    await using opened = await open(kind, { count: 40 })
    const { auditTrail, securityEvents, accounts } = opened.persistence
    await securityEvents.add(
      Array.from({ length: 10 }, (_, n) => anEvent(100 + n, { userId: 'bob' })),
      testChain(),
    )
    let step = 0
    const slow = {
      ...auditTrail,
      async entriesAfter(position: number) {
        const page = await auditTrail.entriesAfter(position, 7)
        step += 1
        // The writer stops after a while: one that is faster than the walk would never let it end.
        if (step < 12) await securityEvents.add(events(1_000 + step, 1_000 + step), testChain())
        if (step === 2) await securityEvents.purgeBatch(now + 31, testChain())
        if (step === 3) {
          await accounts.remove('bob')
          while (await accounts.removeDataBatch(testChain()));
        }
        return page
      },
    }
    const report = await opened.verifyWith(slow)
    expect(report.problems).toEqual([])
    expect(report).toMatchObject({ isIntact: true, erased: 10 })
  })

  it('exports lines that are verified without the database', async () => {
    await using opened = await open(kind)
    const { accounts, securityEvents } = opened.persistence
    await securityEvents.add([anEvent(7, { userId: 'bob' })], testChain())
    await accounts.remove('ann')
    while (await accounts.removeDataBatch(testChain()));
    const lines: object[] = []
    for await (const line of opened.audit.exportLines()) lines.push(line)
    const verify = (changed: readonly object[], keys: readonly string[] = []) =>
      verifyFile({ lines: linesOf(changed), keys, createVerifier: createChainVerifier })
    expect(await verify(lines)).toMatchObject({
      status: 'verified',
      report: { isIntact: true, events: 1, erased: 6 },
      keys: testChain().keys.trustedKeys,
    })
    const changed = lines.map((line) => ('detail' in line ? { ...line, detail: 'x' } : line))
    expect(await verify(changed)).toMatchObject({
      report: { problems: [{ kind: 'changed', position: 7 }] },
    })
    expect(await verify(lines.toSpliced(3, 1))).toMatchObject({ report: { isIntact: false } })
    expect(await verify(lines.toSpliced(-2, 1))).toMatchObject({
      report: { problems: [{ kind: 'truncated' }, { kind: 'erased-without-record' }] },
    })
    expect(await verify(lines, ['x'])).toMatchObject({
      report: { problems: [{ kind: 'head-not-signed' }] },
    })
    expect(await verify(lines.slice(0, -1))).toMatchObject({ status: 'malformed' })
  })
})

it('hashes an event to the same value in both databases', async () => {
  const hashes: unknown[] = []
  for (const kind of databaseKinds) {
    await using opened = await open(kind, { count: 3 })
    hashes.push(await opened.rows('SELECT chain_hash FROM security_events ORDER BY id'))
  }
  expect(hashes[0]).toEqual(hashes[1])
})
