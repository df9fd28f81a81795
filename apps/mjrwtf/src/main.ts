#!/usr/bin/env node
/** The oldest major version of Node with everything that the program uses. As `engines` in package.json. */
const oldestNode = 24

/** Exit codes: 2 for invalid arguments or an invalid configuration, 1 for any other failure. */
async function main(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    const message = `mjrwtf needs Node.js ${oldestNode} or newer, and this is ${process.versions.node}.`
    process.stderr.write(`${message}\n`)
    process.exitCode = 1
    return
  }
  try {
    // Loaded now: an older Node would fail with an error about syntax or a missing function.
    const { runCli } = await import('./adapters/cli/run-cli.ts')
    const { createCliContext } = await import('./program/cli.ts')
    process.exitCode = await runCli(process.argv.slice(2), createCliContext(process.env))
  } catch (error) {
    process.stderr.write(`mjrwtf failed: ${error}\n`)
    process.exitCode = 1
  }
}

await main()
