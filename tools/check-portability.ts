import { type Finding, lineAt, readFiles, type TextFile } from './repository.ts'

interface LocalPath {
  readonly description: string
  readonly pattern: RegExp
}

// Pieced together, so that this file does not object to itself.
const localPaths: readonly LocalPath[] = [
  { description: "somebody's own folder", pattern: /\/(?:home|Users)\/[\w.-]+\/|[A-Z]:\\Users\\/ },
  {
    description: 'a folder of one machine',
    pattern: new RegExp(['/wo', 'rk/(?:main|shared)|/ro', 'ot/'].join('')),
  },
  { description: 'the address a package came from', pattern: /"resolved": "(?:https?|git|file)/ },
]

/** Nothing in the repository tells on whose machine it was made or where its packages came from. */
export function checkPortability(): readonly Finding[] {
  const code = '**/*.{ts,tsx,mjs,js,json,md,css,sql,yml,yaml,toml,sh}'
  return readFiles(code, '.ci/*', '.npmrc', '.editorconfig', '.gitattributes').flatMap(
    findLocalPaths,
  )
}

export function findLocalPaths(file: TextFile): readonly Finding[] {
  return localPaths.flatMap(({ description, pattern }) => {
    const match = pattern.exec(file.text)
    if (match === null) return []
    return [
      { file: file.path, line: lineAt(file.text, match.index), message: `names ${description}` },
    ]
  })
}
