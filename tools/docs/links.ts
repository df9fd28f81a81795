import { posix } from 'node:path'
import { type Finding, lineAt, type TextFile } from '../repository.ts'

const link =
  /\]\(<?(?<target>[^)\s>]+)>?(?:\s+"[^"]*")?\)|(?:src|href|srcset)="(?<attribute>[^"]+)"/g

/** Links of a page to files of the repository that are not there. */
export function findDeadLinks(
  page: TextFile,
  exists: (path: string) => boolean,
): readonly Finding[] {
  return [...withoutCode(page.text).matchAll(link)].flatMap((match) => {
    const target = match.groups?.target ?? match.groups?.attribute ?? ''
    const [path = ''] = target.split(/[#?]/)
    if (path === '' || /^(?:[a-z][a-z+.-]*:|\/\/)/i.test(path)) return []
    const resolved = posix.join(posix.dirname(page.path), decodeURI(path))
    if (exists(resolved)) return []
    return [
      { file: page.path, line: lineAt(page.text, match.index), message: `${target} is not there` },
    ]
  })
}

/** Blanks what is shown as code, which may hold things that only look like links, and keeps every offset. */
function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```|`[^`\n]*`/gm, (code) =>
    code.replaceAll(/[^\n]/g, ' '),
  )
}
