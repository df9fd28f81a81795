import { createInterface } from 'node:readline/promises'
import type { CliContext } from '../adapters/cli/cli-context.ts'
import { CliError } from '../adapters/cli/cli-error.ts'
import { openGeoDatabase } from '../adapters/geo/mmdb-locator.ts'
import { readFile } from '../adapters/process/read-file.ts'
import { readSecretFile } from '../adapters/process/read-secret-file.ts'
import { type Config, type ConfigFiles, inspectConfig, loadConfig } from '../config/config.ts'
import { databaseLocation, databaseUrlHelp, withoutPassword } from '../config/database-location.ts'
import { type Environment, formatProblems } from '../config/variables.ts'
import { createClientContext } from './client.ts'
import { explained } from './explained.ts'
import { packageVersion } from './version.ts'

/** For the server, which locates IP addresses. Commands do without. */
const files: ConfigFiles = { readSecretFile, openGeoDatabase, readFile }

/**
 * The commands of `mjrwtf` in this environment. The modules of the server are loaded by the commands that need them: help,
 * completion and the client take a tenth of the time without.
 */
export function createCliContext(environment: Environment): CliContext {
  const commandConfig = () => configOf(environment, { readSecretFile })
  return {
    version: packageVersion(),
    async serve() {
      const config = configOf(environment, files)
      const { run } = await import('./run.ts')
      // A closed log pipe must not end the server. The log reports it.
      for (const output of [process.stdout, process.stderr]) output.on('error', () => {})
      return explained(() => run(config, misspelledIn(environment)))
    },
    async withFeatures(work) {
      const config = commandConfig()
      const { withFeatures } = await import('./with-features.ts')
      return explained(() => withFeatures(config, work))
    },
    async withSchema(work) {
      const config = commandConfig()
      const { withSchema } = await import('./with-features.ts')
      return explained(() => withSchema(config, work))
    },
    async importOldLinks(file) {
      const config = commandConfig()
      const { withPersistence } = await import('./with-features.ts')
      const { importOldLinks } = await import('./import-old-links.ts')
      return explained(() =>
        withPersistence(config, (persistence) => importOldLinks(persistence, config, file)),
      )
    },
    ...createBackupContext(environment, commandConfig),
    ...createAuditContext(commandConfig),
    inspectConfig: () => inspectConfig(environment, files),
    client: createClientContext(environment),
    async diagnose() {
      const { diagnose } = await import('./doctor.ts')
      return diagnose(environment, files)
    },
    baseUrl: () => commandConfig().baseUrl,
    confirm: askOnTerminal,
    writeOutput: createOutput(process.stdout),
    writeError: (text) => void process.stderr.write(text),
  }
}

type AuditContext = Pick<CliContext, 'verifyAudit' | 'verifyAuditFile' | 'exportAudit'>

function createAuditContext(config: () => Config): AuditContext {
  const load = () => import('./audit.ts')
  return {
    async verifyAudit(options) {
      const { verifyAudit } = await load()
      return explained(() => verifyAudit(config(), options))
    },
    async verifyAuditFile(file, keys) {
      const { verifyAuditFile } = await load()
      return explained(() => verifyAuditFile(file, keys))
    },
    async exportAudit(output) {
      const { exportAudit } = await load()
      return explained(() => exportAudit(config(), output))
    },
  }
}

type BackupContext = Pick<CliContext, 'backup' | 'verifyBackup' | 'restore' | 'move'>

function createBackupContext(environment: Environment, config: () => Config): BackupContext {
  return {
    async backup(output) {
      const input = { config: config(), settings: settingsOf(environment), output }
      const { backup } = await import('./backup.ts')
      return explained(() => backup(input))
    },
    async verifyBackup(options) {
      const { verifyBackup } = await import('./verify-backup.ts')
      return explained(() => verifyBackup(config(), options))
    },
    async restore(options) {
      const { restore } = await import('./restore.ts')
      return explained(() => restore(config(), options))
    },
    async move(to) {
      const location = databaseLocation(to)
      if (location === null) {
        throw new CliError(`--to: got ${withoutPassword(to)}, expected ${databaseUrlHelp}.`, {
          exitCode: 2,
        })
      }
      const { move } = await import('./move.ts')
      return explained(() => move(config(), location))
    },
  }
}

/** The variables that are set, for a backup. Not its passphrase, which would be in what it encrypts. */
function settingsOf(environment: Environment): Readonly<Record<string, string>> {
  const { variables } = inspectConfig(environment, { readSecretFile })
  const given = variables.filter(
    ({ name, source }) => source !== 'default' && name !== 'BACKUP_PASSPHRASE',
  )
  return Object.fromEntries(
    given.map(({ name, file }) => {
      const text = file === null ? environment[name] : readSecretFile(file)
      return [name, (text ?? '').trim()]
    }),
  )
}

function misspelledIn(environment: Environment) {
  return inspectConfig(environment, { readSecretFile }).misspelled
}

/** On standard error: standard output is for the result. */
async function askOnTerminal(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}

/** The reader of a pipe may have what it needs: `mjrwtf link find … | head`. */
function createOutput(stdout: NodeJS.WriteStream) {
  function onError(error: Error): void {
    if ('code' in error && error.code === 'EPIPE') process.exit(0)
    throw error
  }

  return (text: string) => {
    // Not before: the server, which prints no result, must survive a closed pipe.
    if (!stdout.listeners('error').includes(onError)) stdout.on('error', onError)
    stdout.write(text)
  }
}

function configOf(environment: Environment, configFiles: ConfigFiles): Config {
  const result = loadConfig(environment, configFiles)
  if (result.status === 'ok') return result.config
  throw new CliError(formatProblems(result.problems), { exitCode: 2 })
}
