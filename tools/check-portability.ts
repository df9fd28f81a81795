import { type Finding, lineAt, readFiles, type TextFile } from './repository.ts'

interface LocalPath {
  readonly description: string
  readonly pattern: RegExp
}

// Split into pieces, so that this file does not match itself.
const localPaths: readonly LocalPath[] = [
  { description: "a user's home folder", pattern: /\/(?:home|Users)\/[\w.-]+\/|[A-Z]:\\Users\\/ },
  {
    description: 'a folder of a particular machine',
    pattern: new RegExp(['/wo', 'rk/(?:main|shared)|/ro', 'ot/'].join('')),
  },
  { description: 'the URL that a package came from', pattern: /"resolved": "(?:https?|git|file)/ },
]

/** No file contains a path of a developer's machine or the URL of a package registry. */
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
