import type { ConfigProblem } from './config-variables.ts'

/** The message for whoever starts the app: every bad variable, one line each. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(
    ({ variable, given, accepted }) => `  ${variable}: got ${given}; accepted: ${accepted}.`,
  )
  return ['The environment cannot be used:', ...lines].join('\n')
}
