import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isSessionError, SessionError } from './errors.ts'

const source = new URL('errors.ts', import.meta.url)

/** An error of a second copy of the library, as a bundler that includes it twice creates one. */
async function errorOfAnotherCopy(): Promise<unknown> {
  const copy: typeof import('./errors.ts') = await import(`${source.pathname}?copy`)
  return new copy.SessionError('closed', 'of another copy')
}

/** An error of another realm, in which even `Error` differs, as Jest and vmThreads run each test file. */
function errorOfAnotherRealm(): unknown {
  const script = stripTypeScriptTypes(readFileSync(source, 'utf8')).replaceAll('export ', '')
  return runInNewContext(`${script}; new SessionError('closed', 'of another realm')`)
}

describe('isSessionError', () => {
  it('recognizes an error of the same copy', () => {
    expect(isSessionError(new SessionError('closed', 'x'))).toBe(true)
  })

  it('recognizes an error of another copy of the library, which instanceof does not', async () => {
    const error = await errorOfAnotherCopy()
    expect(error).not.toBeInstanceOf(SessionError)
    expect(isSessionError(error) && error.code).toBe('closed')
  })

  it('recognizes an error of another realm, which instanceof Error does not', () => {
    const error = errorOfAnotherRealm()
    expect(error instanceof Error).toBe(false)
    expect(isSessionError(error) && error.code).toBe('closed')
  })

  it.each([
    [null],
    [undefined],
    ['closed'],
    [{}],
    [new Error('x')],
    [Object.assign(new Error('x'), { code: 'closed', name: 'SessionError' })],
  ])('does not recognize %o', (value) => {
    expect(isSessionError(value)).toBe(false)
  })
})
