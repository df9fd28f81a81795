import { expect, it } from 'vitest'
import { scopes } from '../../domain/scope.ts'
import { describeScopes } from './scope-texts.ts'

it('describes each scope once, in a fixed order', () => {
  expect(describeScopes(['stats:read', 'links:read'])).toEqual([
    'See your links',
    'See the statistics of your links',
  ])
  expect(new Set(describeScopes(scopes)).size).toBe(scopes.length)
  expect(describeScopes([])).toEqual([])
})
