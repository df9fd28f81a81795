import { expect, it } from 'vitest'
import { hour } from '../../domain/time.ts'
import { createEventBudget, maxListedEvents } from './event-budget.ts'

const failure = { userId: 'ann', kind: 'sign-in-failed' } as const
const success = { userId: 'ann', kind: 'session-created' } as const

function spend(budget: ReturnType<typeof createEventBudget>, times: number, now = 0): number {
  const results = Array.from({ length: times }, () => budget.allows(failure, now))
  return results.filter(Boolean).length
}

it('allows the first events of a kind in an hour and counts the others', () => {
  const budget = createEventBudget()
  expect(spend(budget, maxListedEvents + 37)).toBe(maxListedEvents)
  expect(budget.takeEnded(hour - 1)).toEqual([])
  expect(budget.takeEnded(hour)).toEqual([{ ...failure, at: 0, detail: 'repeated 37' }])
  expect(budget.takeEnded(hour)).toEqual([])
  expect(spend(budget, 1, hour)).toBe(1)
})

it('allows events of another kind and of another user', () => {
  const budget = createEventBudget()
  spend(budget, 1_000)
  expect(budget.allows(success, 0)).toBe(true)
  expect(budget.allows({ ...failure, userId: 'bob' }, 0)).toBe(true)
})

it('reports no count if every event was allowed', () => {
  const budget = createEventBudget()
  spend(budget, maxListedEvents)
  expect(budget.takeEnded(hour)).toEqual([])
})

it('reports the counts of hours that have not ended when it stops', () => {
  const budget = createEventBudget()
  spend(budget, maxListedEvents + 1)
  budget.allows(success, 1)
  expect(budget.takeAll()).toEqual([{ ...failure, at: 0, detail: 'repeated 1' }])
})

it('starts again after the clock was set back', () => {
  const budget = createEventBudget()
  spend(budget, maxListedEvents + 2, 100 * hour)
  expect(budget.takeEnded(0)).toEqual([{ ...failure, at: 100 * hour, detail: 'repeated 2' }])
  expect(spend(budget, 1)).toBe(1)
})

it('tracks a limited number of users and kinds', () => {
  const budget = createEventBudget()
  spend(budget, maxListedEvents + 3)
  for (let n = 0; n < 50_000; n += 1) budget.allows({ ...failure, userId: `user-${n}` }, 1)
  expect(budget.takeEnded(1)).toEqual([{ ...failure, at: 0, detail: 'repeated 3' }])
})
