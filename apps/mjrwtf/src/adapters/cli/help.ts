import type { Command } from 'commander'

/** The headings under which `mjrwtf --help` lists the commands. */
export const helpGroups = {
  server: 'Server:',
  data: 'Database and backups:',
  users: 'Users and links:',
  client: 'Your own links, on any server:',
  shell: 'Shell:',
} as const

/** Adds examples at the end of the help of a command: what to type, without the name of the program, and what it does. */
export function withExamples(
  command: Command,
  examples: readonly (readonly [string, string])[],
): Command {
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  mjrwtf ${line}`)
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}
