import { expect, it } from 'vitest'
import { fullRun, isFullRun, readOptions } from './options.ts'

it('measures everything by default', () => {
  expect(readOptions([])).toEqual(fullRun)
  expect(isFullRun(readOptions([]))).toBe(true)
})

it('accepts sizes in any order and one engine', () => {
  const options = readOptions(['--sizes', '1m,10k', '--only', 'sqlite'])
  expect(options).toEqual({ sizes: [10_000, 1_000_000], engines: ['sqlite'] })
  expect(isFullRun(options)).toBe(false)
})

it.each(['--sizes=5k', '--sizes=15k', '--sizes=many', '--only=mysql'])('rejects %s', (argument) => {
  expect(() => readOptions([argument])).toThrow()
})
