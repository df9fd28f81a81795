import { statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { DoctorCheck } from '../adapters/cli/cli-context.ts'
import { type Config, type ConfigFiles, inspectConfig, loadConfig } from '../config/config.ts'
import { type Environment, formatProblems } from '../config/variables.ts'

/** Checks everything that the server depends on. Changes nothing. Never rejects. */
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
  const valid: DoctorCheck = {
    id: 'configuration',
    status: 'ok',
    message: 'All settings are valid.',
  }
  return [valid, ...spelling, ...checkFiles(config), ...checkDiskSpace(config)]
}

function checkSpelling(environment: Environment, files: ConfigFiles): readonly DoctorCheck[] {
  return inspectConfig(environment, files).misspelled.map(({ name, similar }) => ({
    id: 'configuration',
    status: 'warning',
    message: `The variable ${name} has no effect. Did you mean ${similar}?`,
  }))
}

/** Files that contain secrets or personal data are for the user of the server only. */
function checkFiles({ database, secretKeys }: Config): readonly DoctorCheck[] {
  if (database.kind !== 'sqlite') return []
  const file = resolve(database.file)
  const keys = join(dirname(file), 'secret-keys')
  return [file, `${file}-wal`, ...(secretKeys === null ? [keys] : [])].flatMap(checkMode)
}

function checkMode(file: string): readonly DoctorCheck[] {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode
  if (mode === undefined) return []
  const id = 'file-permissions'
  if ((mode & 0o077) === 0) {
    return [{ id, status: 'ok', message: `Only the user of the server can read ${file}.` }]
  }
  const message = `Other users can read ${file}. Run: chmod 600 ${file}`
  return [{ id, status: 'failed', message }]
}

const gibibyte = 1024 ** 3

function checkDiskSpace({ database }: Config): readonly DoctorCheck[] {
  if (database.kind !== 'sqlite') return []
  const folder = dirname(resolve(database.file))
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return []
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const id = 'disk-space'
  const message = `${(free / gibibyte).toFixed(1)} GiB are free in ${folder}.`
  if (free >= gibibyte) return [{ id, status: 'ok', message }]
  return [{ id, status: 'warning', message: `${message} Free some space before writes fail.` }]
}
