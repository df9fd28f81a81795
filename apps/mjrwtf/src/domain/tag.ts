import { foldText } from './fold-text.ts'

/** The form in which tags are compared: two tags with one key are the same tag. */
export function tagKey(tag: string): string {
  return foldText(tag)
}
