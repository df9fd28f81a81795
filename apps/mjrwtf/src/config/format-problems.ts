import type { ConfigProblem } from './variables.ts'

/** The message for whoever starts the app: every bad variable, one line each. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(
    ({ variable, value, expected }) => `  ${variable}: got ${value}; accepted: ${expected}.`,
  )
  return ['The environment cannot be used:', ...lines].join('\n')
}
