import { posix } from 'node:path'
import { type Finding, lineAt, type TextFile } from '../repository.ts'

const link =
  /\]\(<?(?<target>[^)\s>]+)>?(?:\s+"[^"]*")?\)|(?:src|href|srcset)="(?<attribute>[^"]+)"/g

/** Links of a page to files that the repository does not have. */
export function findBrokenLinks(
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
      {
        file: page.path,
        line: lineAt(page.text, match.index),
        message: `${target} does not exist`,
      },
    ]
  })
}

/** Replaces code, which may contain text that looks like a link, by spaces, so that offsets stay. */
function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```|`[^`\n]*`/gm, (code) =>
    code.replaceAll(/[^\n]/g, ' '),
  )
}
