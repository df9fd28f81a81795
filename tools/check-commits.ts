import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { run } from './programs.ts'
import { type Finding, root } from './repository.ts'

/** The last commit before the rule. */
const base = '9fb8e81d685ddd12f147cbc4c219cadf881d4fbc'

const maxLength = 72
/** A comma may follow the verb, as in "add, rename and remove names". */
const subjectPattern = /^[a-z][a-z0-9-]*: (?<verb>[a-z][a-z0-9-]*)(?:,? .*[^\s.])?$/

/** Imperatives whose endings look like another form of a verb. */
const imperatives = [
  ...['access', 'address', 'bring', 'bypass', 'compress', 'discuss', 'embed', 'express', 'feed'],
  ...['focus', 'need', 'pass', 'ping', 'press', 'process', 'seed', 'speed', 'string', 'suppress'],
]

/** Subjects of the commits since the rule began, as far as this clone has them. */
export function checkCommits(): readonly Finding[] {
  return readSubjects().flatMap(({ commit, subject }) =>
    findSubjectErrors(subject).map((message) => ({
      file: `commit ${commit}`,
      message: `${message}: “${subject}”`,
    })),
  )
}

/** Returns what is wrong with the subject of a commit; nothing for a good one. */
export function findSubjectErrors(subject: string): readonly string[] {
  const errors: string[] = []
  if (subject.length > maxLength) {
    errors.push(`has ${subject.length} characters; the limit is ${maxLength}`)
  }
  const verb = subjectPattern.exec(subject)?.groups?.verb
  if (verb === undefined) {
    errors.push('must read “area: imperative …”, in lower case and without a period at the end')
  } else if (/(?:ed|ing|s)$/.test(verb) && !imperatives.includes(verb)) {
    errors.push(`must start with an imperative, not “${verb}”`)
  }
  return errors
}

function readSubjects(): readonly { readonly commit: string; readonly subject: string }[] {
  const range = findRange()
  if (range === null) return []
  const { succeeded, output } = git('log', '--no-merges', '--format=%h %s', range)
  if (!succeeded) throw new Error(`git log failed: ${output}`)
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [commit = ''] = line.split(' ', 1)
      return { commit, subject: line.slice(commit.length + 1) }
    })
}

/**
 * A shallow clone that does not reach back to the base holds newer commits only. A complete history
 * without the base is another project's, as is a folder without git: there the rule does not apply.
 */
function findRange(): string | null {
  if (git('cat-file', '-e', `${base}^{commit}`).succeeded) return `${base}..HEAD`
  const isShallow = git('rev-parse', '--is-shallow-repository').output.trim() === 'true'
  return isShallow ? 'HEAD' : null
}

function git(...args: readonly string[]) {
  return run('git', args, root)
}

/** Checks the message that git passes to the commit-msg hook. */
function checkMessageFile(path: string): void {
  const [subject = ''] = readFileSync(path, 'utf8').split('\n', 1)
  const errors = findSubjectErrors(subject)
  for (const error of errors) console.error(`commit subject ${error}`)
  if (errors.length > 0) process.exitCode = 1
}

const [, script = '', messageFile] = process.argv
if (import.meta.url === pathToFileURL(script).href && messageFile !== undefined) {
  checkMessageFile(messageFile)
}
