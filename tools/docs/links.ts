import { posix } from 'node:path'
import { type Finding, lineAt, type TextFile } from '../repository.ts'

const link =
  /\]\(<?(?<target>[^)\s>]+)>?(?:\s+"[^"]*")?\)|(?:src|href|srcset)="(?<attribute>[^"]+)"/g

/**
 * Links of a page to files, and to headings of pages, that the repository does not have. `read`
 * returns the text of a page, an empty text for any other file, and `null` if there is none.
 */
export function findBrokenLinks(
  page: TextFile,
  read: (path: string) => string | null,
): readonly Finding[] {
  return [...withoutCode(page.text).matchAll(link)].flatMap((match) => {
    const target = match.groups?.target ?? match.groups?.attribute ?? ''
    if (/^(?:[a-z][a-z+.-]*:|\/\/)/i.test(target)) return []
    const [path = '', anchor] = target.split('#')
    const text = path === '' ? page.text : read(resolveFrom(page, path))
    const isBroken = text === null || (anchor !== undefined && !anchorsOf(text).has(anchor))
    const line = lineAt(page.text, match.index)
    return isBroken ? [{ file: page.path, line, message: `${target} does not exist` }] : []
  })
}

function resolveFrom(page: TextFile, path: string): string {
  return posix.join(posix.dirname(page.path), decodeURI(path.replace(/\?.*/, '')))
}

/** Anchors of the headings, as GitHub derives them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (?<title>.+)$/gm)]
  return new Set(
    headings.map(({ groups }) =>
      (groups?.title ?? '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** Replaces code, which may contain text that looks like a link, by spaces, so that offsets stay. */
function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```|`[^`\n]*`/gm, (code) =>
    code.replaceAll(/[^\n]/g, ' '),
  )
}
