import { Command } from 'commander'
import type {
  BackupReport,
  CliContext,
  MoveReport,
  RestoreReport,
  RowCounts,
  VerifyBackupReport,
} from '../cli-context.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { printable } from '../table.ts'

/** `mjrwtf backup`, `restore` and `move` */
export function createBackupCommands(context: CliContext): readonly Command[] {
  return [createBackupCommand(context), createRestoreCommand(context), createMoveCommand(context)]
}

function createBackupCommand(context: CliContext): Command {
  const backup = new Command('backup')
    .description(
      'Write a backup of the database, the keys and all settings. The server may be running',
    )
    .option('-o, --output <file>', 'write to this file; default: a new name in BACKUP_DIR')
    .action(
      printing(context, async ({ output }: { readonly output?: string }) =>
        describeBackup(await context.backup(output ?? null)),
      ),
    )
  withExamples(backup, [
    ['backup', 'into BACKUP_DIR, or into the working directory if it is not set'],
    ['backup --output /mnt/backup/today.tar.gz', 'to a file, which must not exist'],
  ])
  backup.addCommand(createVerifyCommand(context))
  return backup
}

function createVerifyCommand(context: CliContext): Command {
  const verify = new Command('verify')
    .description('Read a backup completely, and print what it contains. No database is used')
    .argument('<file>', 'a backup')
    .option('--settings <file>', 'write its keys and variables to this new file')
    .action(
      printing(context, async (file: string, { settings }: { readonly settings?: string }) =>
        describeContent(await context.verifyBackup({ file, settings: settings ?? null })),
      ),
    )
  return withExamples(verify, [
    ['backup verify today.tar.gz', 'check that it can be restored'],
    ['backup verify today.tar.gz --settings mjrwtf.env', 'for a new machine; contains secrets'],
  ])
}

interface RestoreFlags {
  readonly replace?: boolean
  readonly keepSessions?: boolean
}

function createRestoreCommand(context: CliContext): Command {
  const restore = new Command('restore')
    .description('Replace the database and the keys by a backup. Stop the server before')
    .argument('<file>', 'a backup of either kind of database')
    .option('--replace', 'replace a database that has accounts')
    .option('--keep-sessions', 'restore sessions and connected apps, too, including ended ones')
    .action(
      printing(context, async (file: string, flags: RestoreFlags) => {
        const { replace = false, keepSessions = false } = flags
        return describeRestore(await context.restore({ file, replace, keepSessions }))
      }),
    )
  return withExamples(restore, [
    ['restore mjrwtf-20310203T040506Z.tar.gz', 'into an empty or a missing database'],
    ['restore today.tar.gz --replace', 'instead of the present database'],
  ])
}

function createMoveCommand(context: CliContext): Command {
  const move = new Command('move')
    .description('Copy everything to an empty database of another kind. Stop the server before')
    .requiredOption('--to <url>', 'the new database, in the form of DATABASE_URL')
    .action(
      printing(context, async ({ to }: { readonly to: string }) =>
        describeMove(await context.move(to)),
      ),
    )
  return withExamples(move, [
    ['move --to postgres://mjrwtf@localhost/mjrwtf', 'from SQLite to PostgreSQL'],
  ])
}

function describeBackup({ file, bytes, rows, isEncrypted, deleted }: BackupReport) {
  const lines = [
    `Backup written and verified: ${file} (${bytes} bytes, ${total(rows)} rows).`,
    isEncrypted
      ? 'It is encrypted with BACKUP_PASSPHRASE. Keep the passphrase elsewhere.'
      : 'It is not encrypted, and contains the secret keys: keep it where only you can read it, or set BACKUP_PASSPHRASE.',
    ...(deleted.length === 0 ? [] : [`Older backups deleted: ${deleted.join(', ')}.`]),
  ]
  return { data: { file, bytes, rows, encrypted: isEncrypted, deleted }, text: lines.join('\n') }
}

function describeContent(report: VerifyBackupReport) {
  const { createdAt, database, schema, rows, variables, settingsFile } = report
  const lines = [
    `The backup is complete: ${total(rows)} rows of ${nameOf(database)} at ${createdAt}, schema version ${schema}.`,
    `Variables: ${variables.length === 0 ? 'none' : variables.join(', ')}.`,
    ...(settingsFile === null ? [] : [`Keys and variables were written to ${settingsFile}.`]),
  ]
  const data = { created_at: createdAt, database, schema, rows, variables, settings: settingsFile }
  return { data, text: lines.join('\n') }
}

function describeRestore(report: RestoreReport) {
  const { createdAt, rows, sessionsRestored, keptFile, keptKeysFile, undone } = report
  const lines = [
    `Restored: ${total(rows)} rows of ${createdAt}. Everything that happened later is undone.`,
    sessionsRestored
      ? 'Sessions and connected apps were restored: those that were ended since the backup are active again.'
      : 'All users are signed out, and apps must be connected again.',
    'Valid again as they were: passwords, second factors, recovery codes, invitations and personal access tokens.',
    ...listUndone(undone),
    ...(keptFile === null
      ? []
      : [`The replaced database is ${keptFile}. Delete it when all is well.`]),
    ...(keptKeysFile === null ? [] : [`The replaced secret keys are in ${keptKeysFile}.`]),
    ...describeReplaced(report.replacedCharacters),
    'Next: check with "mjrwtf doctor", and start the server.',
  ]
  const data = {
    created_at: createdAt,
    rows,
    sessions_restored: sessionsRestored,
    kept_file: keptFile,
    kept_keys_file: keptKeysFile,
    replaced_characters: report.replacedCharacters,
    undone: {
      deleted_accounts: undone.deletedAccounts,
      suspensions: undone.suspensions,
      take_downs: undone.takeDowns,
      revoked_tokens: undone.revokedTokens,
    },
  }
  return { data, text: lines.join('\n') }
}

function listUndone({
  deletedAccounts,
  suspensions,
  takeDowns,
  revokedTokens,
}: RestoreReport['undone']): readonly string[] {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['Accounts that were deleted since, and exist again', deletedAccounts],
    ['Accounts that were suspended since, and can sign in again', suspensions],
    ['Links that were taken down since, and redirect again', takeDowns],
    ['Personal access tokens that were revoked since, and are valid again', revokedTokens],
  ]
  return lists
    .filter(([, names]) => names.length > 0)
    .map(([title, names]) => `${title}: ${names.map(printable).join(', ')}.`)
}

function describeMove({ rows, replacedCharacters }: MoveReport) {
  const lines = [
    `Moved: ${total(rows)} rows in ${Object.keys(rows).length} tables. The counts of both databases are the same.`,
    ...describeReplaced(replacedCharacters),
    'The old database is unchanged. Next: set DATABASE_URL to the new one, and SECRET_KEYS to the keys in use ' +
      '(SECRET_KEYS_FILE may name the file secret-keys beside the SQLite database). Check with "mjrwtf doctor", and start the server.',
  ]
  return { data: { rows, replaced_characters: replacedCharacters }, text: lines.join('\n') }
}

function describeReplaced(characters: number): readonly string[] {
  if (characters === 0) return []
  return [`Null characters that PostgreSQL cannot store, now U+FFFD: ${characters}.`]
}

function total(rows: RowCounts): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0)
}

function nameOf(database: 'sqlite' | 'postgres'): string {
  return database === 'sqlite' ? 'SQLite' : 'PostgreSQL'
}
