import { foldText } from './fold-text.ts'

/**
 * The form in which short codes are compared: two codes with one key are the same code. It ignores case, joiners, and the
 * differences that NFKC removes, such as those of ligatures.
 */
export function codeKey(code: string): string {
  return foldText(code)
}
