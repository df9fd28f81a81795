import { Command, InvalidArgumentError } from 'commander'
import type {
  Schema,
  SchemaPlan,
  SchemaStatus,
  SchemaStep,
} from '../../../application/ports/schema.ts'
import type { CliContext } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import { type CommandResult, printing } from '../command-result.ts'
import { withExamples } from '../help.ts'

interface UpOptions {
  readonly to?: number
  readonly dryRun?: boolean
}

interface DownOptions extends UpOptions {
  readonly to: number
  readonly yes?: boolean
}

/** `mjrwtf migrate …`. The server migrates up by itself when it starts, unless MIGRATE_AT_START is off. */
export function createMigrateCommand(context: CliContext): Command {
  const migrate = new Command('migrate').description('Tables of the database')
  migrate
    .command('status')
    .description('Show the version of the tables, and what a migration would do')
    .action(printing(context, () => context.withSchema(showStatus)))
  migrate
    .command('up')
    .description('Migrate the tables to the version of this program. Make a backup first')
    .option('--to <version>', 'an older version than the newest', toVersion)
    .option('--dry-run', 'only show what would be done')
    .action(printing(context, (options: UpOptions) => up(context, options)))
  migrate
    .command('down')
    .description(
      'Migrate the tables back, to run an older program. Stop the server and make a backup first',
    )
    .requiredOption('--to <version>', 'the version that the older program needs', toVersion)
    .option('--dry-run', 'only show what would be deleted')
    .option('--yes', 'delete what the older version cannot store')
    .action(printing(context, (options: DownOptions) => down(context, options)))
  return withExamples(migrate, [
    ['migrate status', 'show the version, and what a migration would do'],
    ['migrate up', 'before a start with MIGRATE_AT_START=off'],
    ['migrate down --to 19 --dry-run', 'show what an older program would not find any more'],
  ])
}

function toVersion(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A version is a number, such as 19.')
}

async function showStatus(schema: Schema): Promise<CommandResult> {
  const status = await schema.status()
  const { state, newest } = status
  const isBehind = state === 'empty' || state === 'outdated'
  const { steps } = isBehind ? await schema.plan(newest.app) : noPlan
  const next = steps.length === 0 ? [] : ['Next: mjrwtf migrate up', ...steps.map(describe)]
  return {
    data: { ...toFields(status), pending: steps.map(toStepFields) },
    text: [headline(status), ...next].join('\n'),
  }
}

const noPlan: SchemaPlan = { direction: 'up', steps: [] }

function headline({ state, current, newest }: SchemaStatus): string {
  const versions = `schema version ${current.app} of ${newest.app}`
  switch (state) {
    case 'empty':
      return `Empty: the database has no tables yet (${versions}).`
    case 'outdated':
      return `Outdated: ${versions}.`
    case 'current':
      return `Up to date: ${versions}.`
    case 'newer':
      return `Newer than this program: schema version ${current.app}, and this program knows up to ${newest.app}.`
  }
}

function up(context: CliContext, { to, dryRun = false }: UpOptions): Promise<CommandResult> {
  return context.withSchema(async (schema) => {
    const target = to ?? schema.newest.app
    const plan = await schema.plan(target)
    if (plan.direction === 'down') {
      const message = `The database is already newer than version ${target}. Nothing was changed. To go back: mjrwtf migrate down --to ${target}`
      throw new CliError(message, { exitCode: 2 })
    }
    return dryRun ? report(schema, plan, 'would run') : run(context, schema, target)
  })
}

function down(context: CliContext, { to, dryRun, yes }: DownOptions): Promise<CommandResult> {
  return context.withSchema(async (schema) => {
    const plan = await schema.plan(to)
    if (plan.direction === 'up' && plan.steps.length > 0) {
      const message = `The database is older than version ${to}. Nothing was changed. To go forward: mjrwtf migrate up --to ${to}`
      throw new CliError(message, { exitCode: 2 })
    }
    if (dryRun === true) return report(schema, plan, 'would run')
    if (plan.steps.length > 0 && yes !== true) {
      const losses = plan.steps.map(({ deletes }) => deletes).join('; ')
      const message = `This deletes ${losses}. Nothing was changed. Make a backup, stop the server, and repeat the command with --yes.`
      throw new CliError(message, { exitCode: 2 })
    }
    return run(context, schema, to)
  })
}

async function run(
  { writeError }: CliContext,
  schema: Schema,
  target: number,
): Promise<CommandResult> {
  const onWaiting = () => writeError('Waiting: another process is migrating the database.\n')
  const plan = await schema.migrate(target, { onWaiting })
  return report(schema, plan, 'done')
}

async function report(
  schema: Schema,
  { direction, steps }: SchemaPlan,
  outcome: 'done' | 'would run',
): Promise<CommandResult> {
  const status = await schema.status()
  const data = { ...toFields(status), direction, outcome, steps: steps.map(toStepFields) }
  if (steps.length === 0)
    return { data, text: `Nothing to do: schema version ${status.current.app}.` }
  const lines = steps.map(describe)
  return outcome === 'done'
    ? { data, text: [...lines, `Done: schema version ${status.current.app}.`].join('\n') }
    : { data, text: ['Nothing was changed. Steps:', ...lines].join('\n') }
}

function describe({ tables, version, name, deletes }: SchemaStep): string {
  const step = `${tables} ${version}: ${name}`
  return deletes === null ? `  up   ${step}` : `  down ${step}. Deletes ${deletes}`
}

function toFields({ state, current, newest }: SchemaStatus) {
  return {
    state,
    version: current.app,
    newest_version: newest.app,
    sessions_version: current.sessions,
    newest_sessions_version: newest.sessions,
  }
}

function toStepFields({ tables, version, name, deletes }: SchemaStep) {
  return { tables, version, name, deletes }
}
