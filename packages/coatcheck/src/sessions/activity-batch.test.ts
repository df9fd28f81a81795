import { describe, expect, it } from 'vitest'
import { minute, second } from '../domain/time.ts'
import { anInstant, aSessionRecord, toSessionId } from '../testing/builders.ts'
import {
  type ActivityBatch,
  isRelevant,
  mayReplace,
  type PendingActivity,
  requeue,
  splitDue,
  toPendingActivity,
  withoutRejected,
} from './activity-batch.ts'

/** Pending activity of a session whose stored activity is `anInstant`. */
function activityAfter(milliseconds: number, isNew = true): PendingActivity {
  return { ...toPendingActivity(aSessionRecord(), anInstant + milliseconds), isNew }
}

function batchOf(activities: Readonly<Record<string, PendingActivity>>): ActivityBatch {
  return new Map(Object.entries(activities).map(([id, each]) => [toSessionId(id), each]))
}

const idle = 30 * minute
const earlier = activityAfter(25 * minute)

describe('toPendingActivity', () => {
  it.each([
    ['ten seconds', 30 * minute, 10 * second],
    ['a quarter of a short idle timeout', 8 * second, 2 * second],
  ])('is due %s after the stored activity', (_, idleTimeout, delay) => {
    const record = aSessionRecord({ idleTimeout })
    expect(toPendingActivity(record, anInstant + second)).toEqual({
      at: anInstant + second,
      dueAt: anInstant + delay,
      rejectedAt: anInstant + idleTimeout,
      isNew: true,
    })
  })
})

describe('isRelevant', () => {
  it.each([
    [1_000, 999, false],
    [1_000, 1_000, true],
    [0, 0, false],
    [0, 1, true],
    [0, -1, false],
  ])('precision %d ms, activity %d ms after the latest: %s', (precision, delay, expected) => {
    expect(isRelevant(anInstant + delay, anInstant, precision)).toBe(expected)
  })
})

describe('mayReplace', () => {
  it.each([
    ['accepts activity if none is pending', [undefined, activityAfter(idle)], true],
    ['accepts later activity before the idle deadline', [earlier, activityAfter(idle - 1)], true],
    ['rejects later activity from the idle deadline on', [earlier, activityAfter(idle)], false],
  ] as const)('%s', (_, [current, next], expected) => {
    expect(mayReplace(current, next)).toBe(expected)
  })
})

describe('splitDue', () => {
  it.each([
    ['keeps new activity that may wait', false, activityAfter(second)],
    [
      'writes activity of a session not used since the last flush',
      true,
      activityAfter(second, false),
    ],
    ['writes new activity that has waited ten seconds', true, activityAfter(10 * second)],
  ])('%s', (_, isDue, activity) => {
    const batch = batchOf({ session: activity })
    const { due, rest } = splitDue(batch)
    expect(due).toEqual(isDue ? batch : new Map())
    expect(rest).toEqual(isDue ? new Map() : batchOf({ session: { ...activity, isNew: false } }))
  })

  it('changes neither its input nor the order of the sessions', () => {
    const batch = batchOf({
      one: activityAfter(second),
      two: activityAfter(minute),
      three: activityAfter(second),
    })
    const { due, rest } = splitDue(batch)
    expect([...due.keys(), ...rest.keys()]).toEqual(['two', 'one', 'three'])
    expect([...batch.values()].every(({ isNew }) => isNew)).toBe(true)
  })
})

describe('withoutRejected', () => {
  it('removes the rejected sessions', () => {
    const batch = batchOf({ one: activityAfter(second), two: activityAfter(minute) })
    const rejected = [toSessionId('one'), toSessionId('never sent')]
    expect(withoutRejected(batch, rejected)).toEqual(batchOf({ two: activityAfter(minute) }))
  })
})

describe('requeue', () => {
  it.each([
    ['keeps a failed activity', {}, earlier],
    ['prefers the later activity', { session: activityAfter(idle - 1) }, activityAfter(idle - 1)],
    [
      'prefers the earlier activity if the store would reject the later',
      { session: activityAfter(idle) },
      earlier,
    ],
  ])('%s', (_, newer, expected) => {
    const merged = requeue(batchOf({ session: earlier }), batchOf(newer))
    expect(merged).toEqual(batchOf({ session: expected }))
  })

  it('keeps activity of sessions that were not in the failed batch', () => {
    const merged = requeue(batchOf({ one: earlier }), batchOf({ two: earlier }))
    expect(merged).toEqual(batchOf({ one: earlier, two: earlier }))
  })
})
