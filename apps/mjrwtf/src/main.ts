#!/usr/bin/env node
import { runCli } from './adapters/cli/run-cli.ts'
import { createCliContext } from './program/cli.ts'

/** Exit codes: 2 for invalid arguments or an invalid configuration, 1 for any other failure. */
async function main(): Promise<void> {
  try {
    process.exitCode = await runCli(process.argv.slice(2), createCliContext(process.env))
  } catch (error) {
    process.stderr.write(`mjrwtf failed: ${error}\n`)
    process.exitCode = 1
  }
}

await main()
