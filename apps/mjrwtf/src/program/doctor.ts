import type { DoctorCheck } from '../adapters/cli/cli-context.ts'
import { type ConfigFiles, inspectConfig, loadConfig } from '../config/config.ts'
import { type Environment, formatProblems } from '../config/variables.ts'
import { checkDiskSpace, checkFileModes, checkSecretKeys } from './doctor-files.ts'
import { checkBaseUrl, checkDatabase, checkMail } from './doctor-services.ts'

/**
 * Checks everything that the server depends on, while it runs or not. Changes nothing, except that opening a SQLite file
 * corrects its mode, as every command does. Never rejects.
 */
export async function diagnose(
  environment: Environment,
  files: ConfigFiles,
): Promise<readonly DoctorCheck[]> {
  const result = loadConfig(environment, files)
  const spelling = checkSpelling(environment, files)
  if (result.status === 'invalid') {
    const message = formatProblems(result.problems).replaceAll(/\n */g, ' ')
    return [{ id: 'configuration', status: 'failed', message }, ...spelling]
  }
  const { config } = result
  return [
    { id: 'configuration', status: 'ok', message: 'All settings are valid.' },
    ...spelling,
    ...checkSecretKeys(config),
    // Before the database is opened, which corrects its mode.
    ...checkFileModes(config),
    ...checkDiskSpace(config),
    ...(await checkDatabase(config)),
    ...(await checkMail(config)),
    ...(await checkBaseUrl(config)),
  ]
}

function checkSpelling(environment: Environment, files: ConfigFiles): readonly DoctorCheck[] {
  return inspectConfig(environment, files).misspelled.map(({ name, similar }) => ({
    id: 'configuration',
    status: 'warning',
    message: `The variable ${name} has no effect. Did you mean ${similar}?`,
  }))
}
