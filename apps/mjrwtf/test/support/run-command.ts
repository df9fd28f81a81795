import type { CliContext } from '../../src/adapters/cli/cli-context.ts'
import { runCli } from '../../src/adapters/cli/run-cli.ts'

const notCalled = () => Promise.reject(new Error('not called'))

/** Runs `mjrwtf` with these arguments. What a test does not replace fails when it is called. */
export async function runCommand(
  args: readonly string[],
  overrides: Partial<CliContext> = {},
): Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }> {
  const output = { stdout: '', stderr: '' }
  const exitCode = await runCli(args, {
    ...aCliContext(),
    writeOutput: (text) => {
      output.stdout += text
    },
    writeError: (text) => {
      output.stderr += text
    },
    ...overrides,
  })
  return { ...output, exitCode }
}

/** What commands need, in which nothing works. */
export function aCliContext(): CliContext {
  return {
    version: '1.2.3',
    serve: notCalled,
    withFeatures: notCalled,
    withSchema: notCalled,
    importOldLinks: notCalled,
    backup: notCalled,
    verifyBackup: notCalled,
    restore: notCalled,
    move: notCalled,
    verifyAudit: notCalled,
    verifyAuditFile: notCalled,
    exportAudit: notCalled,
    inspectConfig: () => ({ variables: [], problems: [], misspelled: [] }),
    diagnose: async () => [],
    client: { connect: notCalled, openInBrowser: notCalled },
    baseUrl: () => 'https://links.example',
    confirm: async () => null,
    writeOutput: () => {},
    writeError: () => {},
  }
}
