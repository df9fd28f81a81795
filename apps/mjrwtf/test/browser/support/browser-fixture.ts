import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { connectToBrowser } from '../../../../../tools/testing/browser/browser-server.ts'
import { environmentFor, setUp } from '../../process/support/accounts.ts'
import { type Environment, type Program, startProgram } from '../../process/support/program.ts'
import { openStorage, type Storage } from '../../support/storage.ts'
import { type Visit, visit } from './visit.ts'

/** The program with its first account, and a browser. Available only while the tests run. */
export interface BrowserFixture {
  readonly browser: Browser
  readonly storage: Storage
  readonly program: Program
  /** A new browser profile. */
  visit(options?: BrowserContextOptions): Promise<Visit>
}

type OpenedFixture = Pick<BrowserFixture, 'browser' | 'storage' | 'program'>

/** Opens the fixture for the tests of a file and closes it after them. */
export function useBrowserFixture(env: Environment = {}): BrowserFixture {
  let opened: OpenedFixture | null = null

  function requireOpened(): OpenedFixture {
    if (opened === null) throw new Error('The fixture is available only while the tests run.')
    return opened
  }

  beforeAll(async () => {
    const browser = await connectToBrowser()
    const storage = await openStorage('sqlite')
    const program = await startProgram({ env: environmentFor(storage, env) })
    opened = { browser, storage, program }
    await setUp(program)
  })
  afterAll(async () => {
    await opened?.browser.close()
    await opened?.program[Symbol.asyncDispose]()
    await opened?.storage[Symbol.asyncDispose]()
  })
  return {
    get browser() {
      return requireOpened().browser
    },
    get storage() {
      return requireOpened().storage
    },
    get program() {
      return requireOpened().program
    },
    visit: (options) => visit(requireOpened().browser, requireOpened().program, options),
  }
}
