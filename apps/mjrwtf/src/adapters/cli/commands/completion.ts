import { Argument, Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { completionScript, type Shell, shells } from '../completion.ts'
import { withExamples } from '../help.ts'

/** `mjrwtf completion …` */
export function createCompletionCommand({ writeOutput }: CliContext, program: Command): Command {
  const completion = new Command('completion')
    .description('Print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>').choices([...shells]))
    .action((shell: Shell) => writeOutput(completionScript(program, shell)))
  return withExamples(completion, [
    ['completion bash > ~/.local/share/bash-completion/completions/mjrwtf', 'for bash'],
    ['completion zsh > ~/.zfunc/_mjrwtf', 'for zsh, if ~/.zfunc is in fpath'],
    ['completion fish > ~/.config/fish/completions/mjrwtf.fish', 'for fish'],
  ])
}
