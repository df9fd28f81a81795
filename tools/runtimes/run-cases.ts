/** A guarantee of one of the contract suites. */
interface Case<Subject> {
  readonly theme?: string
  readonly name: string
  /** Resolves to what is missing if the case does not apply, else to nothing. */
  run(subject: Subject): Promise<unknown>
}

/** Far longer than any case takes: a case that waits forever is named instead of the job being killed. */
const deadline = 120_000

/** Runs cases one after the other and prints the result. A failed case fails the program. */
export async function runCases<Subject>(
  name: string,
  cases: readonly Case<Subject>[],
  subject: Subject,
): Promise<void> {
  const failures: string[] = []
  let notRun = 0
  for (const each of cases) {
    try {
      if ((await runCase(each, subject)) !== undefined) notRun += 1
    } catch (error) {
      failures.push(`${each.theme ?? name}: ${each.name}\n${describe(error)}`)
    }
  }
  if (cases.length === 0) failures.push('there are no cases')
  const skipped = notRun === 0 ? '' : `, of which ${notRun} do not apply`
  console.log(`  ${failures.length === 0 ? '✓' : '✗'} ${name}: ${cases.length} cases${skipped}`)
  for (const failure of failures) console.log(`    ✗ ${failure}`)
  if (failures.length > 0) process.exitCode = 1
}

async function runCase<Subject>(each: Case<Subject>, subject: Subject): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('did not finish')), deadline)
  })
  try {
    return await Promise.race([each.run(subject), expired])
  } finally {
    clearTimeout(timer)
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
