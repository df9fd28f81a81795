import type { Reporter, TestModule } from 'vitest/node'

/** Start of the title of a suite that is skipped because a program is not installed. */
export const notRunPrefix = 'did not run: '

/** Prints which parts did not run at the end of the output, where it is visible. */
export function createNotRunReporter(): Reporter {
  return {
    onTestRunEnd(modules) {
      const titles = modules.flatMap(suiteTitles).filter((title) => title.startsWith(notRunPrefix))
      for (const title of new Set(titles)) console.log(`\n${title}`)
    },
  }
}

function suiteTitles(module: TestModule): readonly string[] {
  return [...module.children.allSuites()].map(({ name }) => name)
}
