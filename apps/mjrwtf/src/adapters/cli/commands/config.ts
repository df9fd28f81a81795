import { Command } from 'commander'
import type { CliContext, ConfigOverview, VariableOverview } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { formatTable } from '../table.ts'

/** `mjrwtf config` */
export function createConfigCommand(context: CliContext): Command {
  const config = new Command('config')
    .description(
      'Print every setting, where its value is from, and what is wrong. Secrets are hidden',
    )
    .action(
      printing(context, async () => {
        const overview = context.inspectConfig()
        return { data: toData(overview), text: toText(overview), error: errorOf(overview) }
      }),
    )
  return withExamples(config, [
    ['config', 'print all settings; exit code 2 if one of them is invalid'],
    ['config --json', 'print them as JSON'],
  ])
}

function toData({ variables, problems, misspelled }: ConfigOverview) {
  return {
    variables: variables.map(({ name, value, source, file }) => ({ name, value, source, file })),
    problems,
    misspelled,
  }
}

function toText({ variables, misspelled }: ConfigOverview): string {
  const rows = variables.map((variable) => [variable.name, variable.value, sourceOf(variable)])
  const lines = misspelled.map(
    ({ name, similar }) => `${name} has no effect. Did you mean ${similar}?`,
  )
  return [formatTable([['Variable', 'Value', 'From'], ...rows]), ...lines].join('\n')
}

function sourceOf({ source, file }: VariableOverview): string {
  return file === null ? source : `file ${file}`
}

function errorOf({ problems }: ConfigOverview): CliError | null {
  if (problems.length === 0) return null
  const lines = problems.map(
    ({ variable, value, expected }) => `${variable}: got ${value}, expected ${expected}.`,
  )
  return new CliError(lines.join('\n'), { exitCode: 2 })
}
