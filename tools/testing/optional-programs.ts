import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe } from 'vitest'
import { notRunPrefix } from './not-run-reporter.ts'

/** A program of the operating system that some tests run. */
export interface OptionalProgram {
  /** What the tests run against, for the message. */
  readonly name: string
  /** Name of the executable, and of the package to install. */
  readonly command: string
}

/** Tests that need a program. Without it, the end of the test run states that they did not run. */
export function describeWithProgram(program: OptionalProgram, tests: () => void): void {
  const { name, command } = program
  if (isInstalled(program)) describe(`with ${name}`, tests)
  else describe.skipIf(true)(`${notRunPrefix}${name} (install ${command})`, tests)
}

/** Where programs are found: Debian installs servers in folders that only the PATH of root contains. */
export const programPath = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter)

function isInstalled({ command }: OptionalProgram): boolean {
  return programPath.split(delimiter).some((folder) => existsSync(join(folder, command)))
}
