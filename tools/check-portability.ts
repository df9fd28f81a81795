import { type Finding, lineAt, readFiles, type TextFile } from './repository.ts'

interface Trace {
  readonly what: string
  readonly pattern: RegExp
}

// Pieced together, so that this file does not object to itself.
const traces: readonly Trace[] = [
  { what: "somebody's own folder", pattern: /\/(?:home|Users)\/[\w.-]+\/|[A-Z]:\\Users\\/ },
  {
    what: 'a folder of one machine',
    pattern: new RegExp(['/wo', 'rk/(?:main|shared)|/ro', 'ot/'].join('')),
  },
  { what: 'the address a package came from', pattern: /"resolved": "(?:https?|git|file)/ },
]

/** Nothing in the repository tells on whose machine it was made or where its packages came from. */
export function checkPortability(): readonly Finding[] {
  const code = '**/*.{ts,tsx,mjs,js,json,md,css,sql,yml,yaml,toml,sh}'
  return readFiles(code, '.ci/*', '.npmrc', '.editorconfig', '.gitattributes').flatMap(findTraces)
}

export function findTraces(file: TextFile): readonly Finding[] {
  return traces.flatMap(({ what, pattern }) => {
    const match = pattern.exec(file.text)
    if (match === null) return []
    return [{ file: file.path, line: lineAt(file.text, match.index), message: `names ${what}` }]
  })
}
