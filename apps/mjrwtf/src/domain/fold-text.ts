/**
 * The form in which texts are compared: ignores case, joiners, and the differences that NFKC removes, such as those of
 * ligatures. A text of ASCII in lower case.
 */
export function foldText(text: string): string {
  const folded = text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
  return folded.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
}
