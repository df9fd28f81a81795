/** A command cannot do what it was asked. `message` is one line for the operator. */
export class CliError extends Error {
  override readonly name = 'CliError'
  /** 2: the arguments or the configuration are invalid. 1: anything else. */
  readonly exitCode: 1 | 2

  constructor(message: string, { exitCode = 1, cause }: CliErrorOptions = {}) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

export interface CliErrorOptions extends ErrorOptions {
  readonly exitCode?: 1 | 2
}
