import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { environmentFor, setUp } from '../../process/support/people.ts'
import { type Environment, type Program, startProgram } from '../../process/support/program.ts'
import { openStorage, type Storage } from '../../support/storage.ts'
import { launchChromium } from './chromium.ts'
import { type Visit, visit } from './visit.ts'

/** The program with its first account, and a browser to look at it. Open only while the tests run. */
export interface House {
  readonly browser: Browser
  readonly storage: Storage
  readonly program: Program
  /** One person with a browser profile of their own. */
  visit(options?: BrowserContextOptions): Promise<Visit>
}

type Rooms = Pick<House, 'browser' | 'storage' | 'program'>

/** Opens the house for the tests of a file, and closes it after them. */
export function useHouse(env: Environment = {}): House {
  let rooms: Rooms | null = null

  function open(): Rooms {
    if (rooms === null) throw new Error('The house is open only while the tests run.')
    return rooms
  }

  beforeAll(async () => {
    const browser = await launchChromium()
    const storage = await openStorage('sqlite')
    const program = await startProgram({ env: environmentFor(storage, env) })
    rooms = { browser, storage, program }
    await setUp(program)
  })
  afterAll(async () => {
    await rooms?.browser.close()
    await rooms?.program[Symbol.asyncDispose]()
    await rooms?.storage[Symbol.asyncDispose]()
  })
  return {
    get browser() {
      return open().browser
    },
    get storage() {
      return open().storage
    },
    get program() {
      return open().program
    },
    visit: (options) => visit(open().browser, open().program, options),
  }
}
