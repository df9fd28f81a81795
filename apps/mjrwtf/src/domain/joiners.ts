/**
 * Signs that suppress the vowel of a consonant (Canonical_Combining_Class 9, Unicode 16), with which joiners select the form
 * of the consonant.
 */
const viramas =
  '\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u0e3a\\u0eba' +
  '\\u0f84\\u1039\\u103a\\u1714\\u1715\\u1734\\u17d2\\u1a60\\u1b44\\u1baa\\u1bab\\u1bf2\\u1bf3\\u2d7f' +
  '\\ua806\\ua82c\\ua8c4\\ua953\\ua9c0\\uaaf6\\uabed\\u{11046}\\u{1107f}\\u{110b9}\\u{11133}\\u{11134}' +
  '\\u{111c0}\\u{11235}\\u{112ea}\\u{1134d}\\u{11442}\\u{114c2}\\u{115bf}\\u{1163f}\\u{116b6}'

/** Scripts whose characters join. Between two of them, a non-joiner separates the parts of a term, as in Persian. */
const joining =
  '\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Nko}\\p{Script=Mandaic}' +
  '\\p{Script=Adlam}\\p{Script=Hanifi_Rohingya}'

const emojiModifiers = '\\ufe0f\\u{1f3fb}-\\u{1f3ff}'

const placedInSpelling = new RegExp(
  `(?<=[${viramas}])[\\u200c\\u200d]` +
    // Bengali and Kannada write it before the sign too.
    `|(?<=\\p{L})[\\u200c\\u200d](?=[${viramas}])` +
    `|(?<=[${joining}]\\p{M}*)\\u200c(?=[${joining}])`,
  'gu',
)

const placedInEmoji = new RegExp(
  `(?<=\\p{Extended_Pictographic}[${emojiModifiers}]*)\\u200d(?=\\p{Extended_Pictographic})`,
  'gu',
)

/**
 * Removes the joiners (U+200C, U+200D) that belong to a spelling, by the rules of RFC 5892 appendix A.1 and A.2,
 * somewhat wider because those are for host names only. Others are invisible, and stay.
 */
export function withoutSpellingJoiners(text: string): string {
  return text.replaceAll(placedInSpelling, '')
}

/** Removes the joiners (U+200D) of emoji that consist of several. */
export function withoutEmojiJoiners(text: string): string {
  return text.replaceAll(placedInEmoji, '')
}
