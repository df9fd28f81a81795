import type { Accounts } from '../../application/accounts/accounts.ts'
import type { Operator } from '../../application/operator/operator.ts'
import type { SignIn } from '../../application/sign-in/sign-in.ts'

/** What the operator can do at the shell, by feature: the use cases that the server runs, too. */
export interface CliFeatures {
  readonly accounts: Accounts
  readonly operator: Operator
  readonly signIn: SignIn
}

/** What commands need. Each function rejects with `CliError` if the environment or the database is the reason. */
export interface CliContext {
  /** Runs the server until a signal stops it. */
  readonly serve: () => Promise<void>
  /**
   * Opens the database of the environment, runs the work, writes all events and emails that it caused, and closes. The
   * server may be running meanwhile.
   */
  readonly withFeatures: <Result>(
    work: (features: CliFeatures) => Promise<Result>,
  ) => Promise<Result>
  readonly writeOutput: (text: string) => void
  readonly writeError: (text: string) => void
}
