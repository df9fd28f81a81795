import type { Accounts } from '../../application/accounts/accounts.ts'
import type { ChainReport } from '../../application/audit/chain-report.ts'
import type { FileVerification } from '../../application/audit/export-chain.ts'
import type { ImportReport } from '../../application/links/import-old-links.ts'
import type { Operator } from '../../application/operator/operator.ts'
import type { ShellOperator } from '../../application/operator/shell-operator.ts'
import type { Recount } from '../../application/ports/recount.ts'
import type { Schema } from '../../application/ports/schema.ts'
import type { RemoveFactorsNow } from '../../application/second-factors/remove-factors-now.ts'
import type { SignIn } from '../../application/sign-in/sign-in.ts'
import type { ClientContext } from './client-context.ts'

/** What the operator can do at the shell, by feature: the use cases that the server runs, too. */
export interface CliFeatures {
  readonly accounts: Accounts
  readonly operator: Operator
  readonly shellOperator: ShellOperator
  readonly recount: Recount
  readonly removeFactorsNow: RemoveFactorsNow
  readonly signIn: SignIn
}

/** What commands need. Each function rejects with `CliError` if the environment or the database is the reason. */
export interface CliContext {
  /** Of the installed package. */
  readonly version: string
  /** Runs the server until a signal stops it. */
  readonly serve: () => Promise<void>
  /**
   * Opens the database of the environment, runs the work, writes all events and emails that it caused, and closes. The
   * server may be running meanwhile.
   */
  readonly withFeatures: <Result>(
    work: (features: CliFeatures) => Promise<Result>,
  ) => Promise<Result>
  /** Imports the links of the old service in this file for the operator. Both services may be running. */
  readonly importOldLinks: (file: string) => Promise<OldLinksImport>
  /** Reads the environment without opening the database. */
  readonly inspectConfig: () => ConfigOverview
  /** What users do with their own links, on any server. */
  readonly client: ClientContext
  readonly diagnose: () => Promise<readonly DoctorCheck[]>
  /** Writes a backup to a new file; `null`: with a name of its own in BACKUP_DIR, or in the working directory. */
  readonly backup: (output: string | null) => Promise<BackupReport>
  /** Reads a backup completely, without any database. */
  readonly verifyBackup: (options: VerifyBackupOptions) => Promise<VerifyBackupReport>
  /** Replaces the database by a backup. */
  readonly restore: (options: RestoreOptions) => Promise<RestoreReport>
  /** Copies the database to an empty one at another URL, in the form of DATABASE_URL. */
  readonly move: (to: string) => Promise<MoveReport>
  /** Verifies the chain of security events in the database. The server may be running. */
  readonly verifyAudit: (options: VerifyAuditOptions) => Promise<ChainReport>
  /** Verifies an exported file, without the database and without secrets. */
  readonly verifyAuditFile: (file: string, keys: readonly string[]) => Promise<FileVerification>
  /** Writes the chain as JSON lines to a new file, or to the standard output. Returns the number of lines. */
  readonly exportAudit: (output: string | null) => Promise<number>
  /** Opens the tables of the database, of any version, as the role that may change them. */
  readonly withSchema: <Result>(work: (schema: Schema) => Promise<Result>) => Promise<Result>
  /** The public origin of the site, for links that a command prints. */
  readonly baseUrl: () => string
  /** Asks a question on the terminal. `null` if there is none. */
  readonly confirm: (question: string) => Promise<string | null>
  /** Writes a result. Ends the process if the reader of a pipe has closed it. */
  readonly writeOutput: (text: string) => void
  /** Writes a failure, a question or progress: the output is for the result. */
  readonly writeError: (text: string) => void
}

export interface VerifyAuditOptions {
  /** A file of the process log; `null`: not compared. */
  readonly log: string | null
  /** Public keys to trust in addition. */
  readonly keys: readonly string[]
}

export interface OldLinksImport {
  readonly report: ImportReport
  readonly ownerEmail: string
}

/** All settings, without secrets. */
export interface ConfigOverview {
  readonly variables: readonly VariableOverview[]
  readonly problems: readonly {
    readonly variable: string
    readonly value: string
    readonly expected: string
  }[]
  /** Variables that have no effect, with a name close to one that has. */
  readonly misspelled: readonly { readonly name: string; readonly similar: string }[]
}

export interface VariableOverview {
  readonly name: string
  /** Masked if it is secret. */
  readonly value: string
  readonly source: 'environment' | 'file' | 'default'
  readonly file: string | null
}

/** The result of one check of `mjrwtf doctor`. */
export interface DoctorCheck {
  /** Stable, for scripts: `database`, `disk-space`. */
  readonly id: string
  readonly status: 'ok' | 'warning' | 'failed'
  /** What was found, and what to do unless it is ok. One line. */
  readonly message: string
}

/** Rows by table. */
export type RowCounts = Readonly<Record<string, number>>

export interface BackupReport {
  readonly file: string
  readonly bytes: number
  readonly rows: RowCounts
  readonly isEncrypted: boolean
  /** Names of older backups that were deleted. */
  readonly deleted: readonly string[]
}

export interface VerifyBackupOptions {
  readonly file: string
  /** Where the variables of the backup are written; `null`: nowhere. */
  readonly settings: string | null
}

export interface VerifyBackupReport {
  /** ISO 8601. */
  readonly createdAt: string
  readonly database: 'sqlite' | 'postgres'
  /** Version of the app's tables. */
  readonly schema: number
  readonly rows: RowCounts
  /** Names of the variables that were set. */
  readonly variables: readonly string[]
  readonly settingsFile: string | null
}

export interface RestoreOptions {
  readonly file: string
  /** Whether a database with accounts may be replaced. */
  readonly replace: boolean
  /** Whether sessions, grants and everything else that gives access is restored. */
  readonly keepSessions: boolean
}

export interface RestoreReport {
  /** ISO 8601: what happened later is undone. */
  readonly createdAt: string
  readonly rows: RowCounts
  readonly sessionsRestored: boolean
  /** The file of the replaced database; `null` if there was none, and for PostgreSQL. */
  readonly keptFile: string | null
  readonly keptKeysFile: string | null
  readonly replacedCharacters: number
  /** What the replaced database knew and the backup does not. */
  readonly undone: {
    /** Emails. */
    readonly deletedAccounts: readonly string[]
    readonly suspensions: readonly string[]
    /** Short codes. */
    readonly takeDowns: readonly string[]
    /** Ids of personal access tokens. */
    readonly revokedTokens: readonly string[]
  }
}

export interface MoveReport {
  readonly rows: RowCounts
  readonly replacedCharacters: number
}
