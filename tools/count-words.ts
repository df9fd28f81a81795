import { checkWords } from './check-words.ts'

/** Prints each use of a replaced word, then how often each is used. */
function countWords(filter: string): void {
  const findings = checkWords().filter(({ file }) => file.includes(filter))
  const counts = new Map<string, number>()
  for (const { file, line, message } of findings) {
    console.log(`${file}:${line} ${message}`)
    counts.set(message, (counts.get(message) ?? 0) + 1)
  }
  for (const [message, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    console.log(`${count} ${message}`)
  }
  console.log(`${findings.length} in total`)
}

countWords(process.argv[2] ?? '')
