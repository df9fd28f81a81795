import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { aCliContext, runCommand as run } from '../../../test/support/run-command.ts'
import { createCommandTree, withSubcommands } from './command-tree.ts'

it.each([
  ['an unknown command', ['sevre'], /^mjrwtf: unknown command 'sevre' \(Did you mean serve\?\)\n$/],
  ['an unknown command of a group', ['user', 'x'], /^mjrwtf: unknown command 'x'\n$/],
  ['an unknown option', ['serve', '--force'], /^mjrwtf: unknown option '--force'\n$/],
  ['a missing argument', ['user', 'unlock'], /^mjrwtf: missing required argument 'email'\n$/],
  ['too many arguments', ['serve', 'now'], /^mjrwtf: too many arguments for 'serve'\. .*\n$/],
  [
    'an argument that is no choice',
    ['completion', 'csh'],
    /^mjrwtf: .*'csh'.* bash, zsh, fish\.\n$/,
  ],
])('explains %s in one line and exits with code 2', async (_label, args, message) => {
  expect(await run(args)).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(message),
  })
})

it('prints no control characters of arguments, values and messages, on one line', async () => {
  const hostile = 'a\u001b[2J\u009b1m\u202eb\r\nc@x.test'
  const escaped = String.raw`a\u001b[2J\u009b1m\u202eb\r\nc@x.test`
  const withFeatures = async () => ({ status: 'not-found' }) as never
  expect(await run(['session', 'list', hostile], { withFeatures })).toMatchObject({
    exitCode: 1,
    stderr: `No account has the email ${escaped}. Nothing was changed.\n`,
  })
  const checks = [{ id: 'disk-space', status: 'ok', message: hostile }] as const
  const { stdout } = await run(['doctor', '--json'], { diagnose: async () => checks })
  expect(stdout).toContain(escaped)
  expect(JSON.stringify(JSON.parse(stdout))).toContain(JSON.stringify(hostile).slice(1, -1))
  const text = await run(['doctor'], { diagnose: async () => checks })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect(text.stdout).not.toMatch(/[\u001b\u009b\u202e\r]/)
})

it('prints the version of the package', async () => {
  expect(await run(['--version'])).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' })
})

it.each([[['--help']], [['user', '--help']], [['help', 'link']], [['help', 'serve']]])(
  'prints help on standard output for %j',
  async (args) => {
    const { exitCode, stdout, stderr } = await run(args)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: mjrwtf /)
  },
)

describe('config', () => {
  const variable = { name: 'PORT', value: '80a', source: 'environment', file: null } as const
  const overview = {
    variables: [variable, { name: 'SMTP_URL', value: 'x', source: 'file', file: '/run/smtp' }],
    problems: [{ variable: 'PORT', value: '80a', expected: 'a port' }],
    misspelled: [{ name: 'PROT', similar: 'PORT' }],
  } as const

  it('prints values and sources, and fails with code 2 if one is invalid', async () => {
    expect(await run(['config'], { inspectConfig: () => overview })).toEqual({
      exitCode: 2,
      stdout: [
        'Variable  Value  From',
        'PORT      80a    environment',
        'SMTP_URL  x      file /run/smtp',
        'PROT has no effect. Did you mean PORT?',
        '',
      ].join('\n'),
      stderr: 'PORT: got 80a, expected a port.\n',
    })
  })

  it('prints the same as JSON, before or after the command', async () => {
    for (const args of [
      ['--json', 'config'],
      ['config', '--json'],
    ]) {
      const { stdout } = await run(args, { inspectConfig: () => overview })
      expect(JSON.parse(stdout)).toEqual(overview)
    }
  })
})

describe('doctor', () => {
  it('fails with code 1 if a check fails', async () => {
    const checks = [
      { id: 'disk-space', status: 'ok', message: 'Enough.' },
      { id: 'database', status: 'failed', message: 'Not reachable. Start it.' },
    ] as const
    expect(await run(['doctor'], { diagnose: async () => checks })).toEqual({
      exitCode: 1,
      stdout: 'ok       Enough.\nFAILED   Not reachable. Start it.\n',
      stderr: 'Failed checks: 1.\n',
    })
  })
})

describe('completion', () => {
  /** What bash offers after these arguments, of which the last may be incomplete. */
  async function offered(...typed: readonly string[]): Promise<readonly string[]> {
    const { stdout } = await run(['completion', 'bash'])
    const script = `${stdout}
      COMP_WORDS=(mjrwtf ${typed.map((each) => `'${each}'`).join(' ')})
      COMP_CWORD=${typed.length}
      _mjrwtf
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const output = execFileSync('bash', ['-c', script], { encoding: 'utf8' })
    return output.split('\n').filter((line) => line !== '')
  }

  it.each([
    [['se'], ['serve']],
    [['user', 'unl'], ['unlock']],
    [
      ['--json', 'link', ''],
      ['recount', 'import-old'],
    ],
    [['completion', 'z'], ['zsh']],
    [['user', 'unlock', 'ada@example.com', '--js'], ['--json']],
  ])('completes %j in bash', async (typed, expected) => {
    expect(await offered(...typed)).toEqual(expect.arrayContaining(expected))
  })

  it.each(['zsh', 'fish'])('names each command and quotes its description in %s', async (shell) => {
    const { stdout } = await run(['completion', shell])
    for (const name of ['serve', 'unlock', 'import-old', '--json', 'json']) {
      if (shell === 'zsh' || name !== '--json') expect(stdout).toContain(name)
    }
  })
})

describe('docs/commands.md', () => {
  const page = readFileSync(new URL('../../../../../docs/commands.md', import.meta.url), 'utf8')

  /** `mjrwtf user unlock <email>` */
  function usage(command: Command): string {
    const names: string[] = []
    for (let each: Command | null = command; each !== null; each = each.parent) {
      names.unshift(each.name())
    }
    const args = command.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    )
    return [...names, ...args].join(' ')
  }

  it('lists all commands with the descriptions of their help', () => {
    const commands = withSubcommands(createCommandTree(aCliContext()))
    const rows = commands
      .filter((command) => command.parent !== null)
      .map((command) => `| \`${usage(command)}\` | ${command.description()} |`)
    expect(page.split('\n').filter((line) => line.startsWith('| `mjrwtf'))).toEqual(rows)
  })
})
