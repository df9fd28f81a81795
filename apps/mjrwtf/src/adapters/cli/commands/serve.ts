import { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { withExamples } from '../help.ts'

/** `mjrwtf serve` */
export function createServeCommand(context: CliContext): Command {
  const serve = new Command('serve')
    .description('Start the server. SIGTERM stops it after the requests in flight')
    .action(() => context.serve())
  return withExamples(serve, [
    ['serve', 'on http://localhost:8080, with a SQLite database in ./data'],
  ])
}
