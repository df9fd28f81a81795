import { Command } from 'commander'
import type { CliContext, DoctorCheck } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'

/** `mjrwtf doctor` */
export function createDoctorCommand(context: CliContext): Command {
  const doctor = new Command('doctor')
    .description('Check the configuration, the database and everything that the server depends on')
    .action(
      printing(context, async () => {
        const checks = await context.diagnose()
        return { data: { checks }, text: checks.map(toLine).join('\n'), error: errorOf(checks) }
      }),
    )
  return withExamples(doctor, [['doctor', 'check everything; exit code 1 if a check fails']])
}

const labels = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const

function toLine({ status, message }: DoctorCheck): string {
  return `${labels[status]}  ${message}`
}

function errorOf(checks: readonly DoctorCheck[]): CliError | null {
  const failed = checks.filter(({ status }) => status === 'failed').length
  return failed === 0 ? null : new CliError(`Failed checks: ${failed}.`)
}
