import { Command } from 'commander'
import type { ChainReport } from '../../../application/audit/chain-report.ts'
import type { CliContext } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import { type CommandResult, printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { printable } from '../table.ts'

/** `mjrwtf audit …` */
export function createAuditCommand(context: CliContext): Command {
  const audit = new Command('audit').description(
    'The security log of all accounts, and whether it was changed',
  )
  audit.addCommand(createVerifyCommand(context))
  audit.addCommand(createExportCommand(context))
  return audit
}

interface VerifyFlags {
  readonly log?: string
  readonly file?: string
  readonly key?: readonly string[]
}

function createVerifyCommand(context: CliContext): Command {
  const verify = new Command('verify')
    .description('Find changed, removed and inserted security events. The server may be running')
    .option('--log <file>', 'the process log: its heads must be part of the security log')
    .option('--file <file>', 'verify this export instead, without the database')
    .option('--key <key...>', 'public keys to trust, as the process log names them')
    .action(printing(context, (flags: VerifyFlags) => verifyLog(context, flags)))
  return withExamples(verify, [
    ['audit verify --log /var/log/mjrwtf.log', 'also finds a log that was replaced as a whole'],
    ['audit verify --file log.jsonl --key KEY', 'an export, on any machine'],
  ])
}

function createExportCommand(context: CliContext): Command {
  const command = new Command('export')
    .description(
      'Write all security events as JSON lines with their hashes. Contains personal data',
    )
    .option('-o, --output <file>', 'write to this new file; default: the standard output')
    .action((flags: { readonly output?: string }) => exportLog(context, flags))
  return withExamples(command, [
    ['audit export --output log.jsonl', 'to a file that only you can read'],
    ['audit export | gzip > log.jsonl.gz', 'to another program'],
  ])
}

async function exportLog(
  { exportAudit, writeError }: CliContext,
  { output }: { readonly output?: string },
): Promise<void> {
  const lines = await exportAudit(output ?? null)
  // Standard output has the export.
  if (output !== undefined) writeError(`Written: ${lines} lines in ${printable(output)}.\n`)
}

async function verifyLog(context: CliContext, flags: VerifyFlags): Promise<CommandResult> {
  const { log = null, file, key: keys = [] } = flags
  if (file === undefined) {
    const report = await context.verifyAudit({ log, keys })
    return describe(report, [log === null ? notCompared : comparedWith(report)])
  }
  if (log !== null) throw new CliError('--log and --file exclude each other.', { exitCode: 2 })
  const result = await context.verifyAuditFile(file, keys)
  if (result.status === 'malformed') {
    throw new CliError(
      `Line ${result.line} of ${printable(file)} is not part of a complete export. Export again, with mjrwtf audit export.`,
    )
  }
  const trusted = `Signed by the key ${result.keys.join(', ')}: compare it with your process log.`
  return describe(result.report, keys.length === 0 ? [trusted] : [])
}

const notCompared =
  'Not compared with the process log: without --log, a log that was rewritten with the secret keys looks intact.'

function comparedWith({ loggedHeads }: ChainReport): string {
  return `Compared with ${loggedHeads} heads of the process log.`
}

function describe(report: ChainReport, notes: readonly string[]): CommandResult {
  const { state, events, erased, adopted, adoptedAt, pending, problems, problemCount } = report
  const { head, start, key } = state
  const data = {
    intact: report.isIntact,
    ...{ events, erased, adopted, adopted_at: adoptedAt === null ? null : iso(adoptedAt), pending },
    ...{ start: start.position },
    head: { position: head.position, hash: head.hash, key },
    ...{ logged_heads: report.loggedHeads, problem_count: problemCount, problems },
  }
  const facts = [
    `${events} events, ${erased} more without content (deleted accounts, or older than a year).`,
    ...(adopted > 0
      ? [
          `${adopted} of them were there before the chain, the last one added to it at ${iso(adoptedAt)}. ` +
            'If that is not within a day of your upgrade to the first release with a chain, the log was replaced.',
        ]
      : []),
    ...(pending > 0 ? ['The server is still adding events of an earlier release.'] : []),
    `Head: position ${head.position}, hash ${head.hash}, key ${key}.`,
    ...notes,
  ]
  if (report.isIntact)
    return { data, text: ['The security log is intact.', ...facts].join('\n'), error: null }
  const listed = problems.map(({ message }) => `- ${printable(message)}`)
  return { data, text: [...listed, ...facts].join('\n'), error: new CliError(failure(report)) }
}

function iso(instant: number | null): string {
  return instant === null ? 'an unknown time' : new Date(instant).toISOString()
}

function failure({ problemCount, problems: [first] }: ChainReport): string {
  if (first?.kind === 'not-started') return first.message
  const count = problemCount === 1 ? '1 problem' : `${problemCount} problems`
  return (
    `The security log does not match its hash chain: ${count}, the first at position ${first?.position ?? 'none'}. ` +
    'Nothing was changed by this command. Keep a copy first (mjrwtf backup), then compare with the process log.'
  )
}
