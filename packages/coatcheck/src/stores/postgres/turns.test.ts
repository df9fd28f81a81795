import { describe, expect, it } from 'vitest'
import { SessionError } from '../../domain/errors.ts'
import { createTurns } from './turns.ts'

const failure = new SessionError('store-unavailable', 'store failed')

function start(takeTurn: ReturnType<typeof createTurns>, key = 'user-1') {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let isRunning = false
  const result = takeTurn(key, () => {
    isRunning = true
    return promise
  })
  result.catch(() => {})
  return { result, resolve, reject, isRunning: () => isRunning }
}

/** Lets every completed operation start the next one. */
const runStarted = () => new Promise((resolve) => setImmediate(resolve))

describe('turns', () => {
  it('run operations with the same key one after another, and others at once', async () => {
    const takeTurn = createTurns()
    const [first, second] = [start(takeTurn), start(takeTurn)]
    const other = start(takeTurn, 'user-2')
    await runStarted()
    expect([first, second, other].map((each) => each.isRunning())).toEqual([true, false, true])
    first.resolve('first')
    await runStarted()
    expect(second.isRunning()).toBe(true)
    second.resolve('second')
    expect([await first.result, await second.result]).toEqual(['first', 'second'])
  })

  it('fail with the operation that they wait for if the store failed, then start again', async () => {
    const takeTurn = createTurns()
    const [first, second, third] = [start(takeTurn), start(takeTurn), start(takeTurn)]
    first.reject(failure)
    for (const { result } of [first, second, third]) await expect(result).rejects.toBe(failure)
    const next = start(takeTurn)
    next.resolve('next')
    expect(await next.result).toBe('next')
    expect([second.isRunning(), third.isRunning()]).toEqual([false, false])
  })

  it('continue after an operation that failed for another reason', async () => {
    const takeTurn = createTurns()
    const [first, second] = [start(takeTurn), start(takeTurn)]
    first.reject(new SessionError('id-in-use', 'in use'))
    await expect(first.result).rejects.toMatchObject({ code: 'id-in-use' })
    await runStarted()
    expect(second.isRunning()).toBe(true)
  })

  it('are refused to the operation after 500 that wait with the same key', async () => {
    const takeTurn = createTurns()
    const first = start(takeTurn)
    const waiting = Array.from({ length: 500 }, () => start(takeTurn))
    const refused = start(takeTurn)
    await expect(refused.result).rejects.toMatchObject({ code: 'store-unavailable' })
    for (const { resolve } of [first, ...waiting]) resolve('done')
    expect(await waiting.at(-1)?.result).toBe('done')
  })
})
