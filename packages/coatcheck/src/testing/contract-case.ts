import { it } from 'vitest'

/** A case that does not apply, because what it tests is optional and was not opened. */
export interface NotRun {
  /** What is missing. */
  readonly notRun: string
}

/** One guarantee of a port, which a subject such as a store must meet. */
export interface ContractCase<Open> {
  /** The guarantee. */
  readonly name: string
  /** Rejects if the subject breaks the guarantee. Opens one subject and disposes of it. */
  run(open: Open): Promise<NotRun | undefined>
}

/** Declares a case as a vitest test, which is skipped, and not passed, if the case does not apply. */
export function declareCase<Open>(each: ContractCase<Open>, open: Open): void {
  it(each.name, async ({ skip }) => {
    const outcome = await each.run(open)
    if (outcome !== undefined) skip(outcome.notRun)
  })
}
