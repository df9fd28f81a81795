import { codeKey } from './code-key.ts'

/** Characters that look like another one, or read like it. */
const readAlikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  i: 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  rn: 'm',
  vv: 'w',
  '-': '',
  _: '',
  '.': '',
  '/': '',
}

/** For each character of ASCII, those of other scripts that look like it, in lower or upper case (Unicode Technical Standard 39). */
const lookAlikes = {
  a: 'аɑαаᴀա',
  b: 'вβʙьƅ',
  c: 'сᴄϲⅽ',
  d: 'ԁᴅđժ',
  e: 'еεᴇєҽ',
  f: 'ϝғꜰſ',
  g: 'ɡɢցԍ',
  h: 'һнηʜհħ',
  i: 'іιɩɪı',
  j: 'јϳᴊյ',
  k: 'кκᴋ',
  l: 'ӏłʟլ',
  m: 'мᴍ',
  n: 'пηɴոռ',
  o: 'оοσօᴏøס०٥ه০',
  p: 'рρᴘ',
  q: 'ԛզ',
  r: 'гʀᴦ',
  s: 'ѕꜱƽ',
  t: 'тτᴛŧ',
  u: 'υᴜսц',
  v: 'ѵνᴠ',
  w: 'ԝωᴡѡա',
  x: 'хχ',
  y: 'уγʏү',
  z: 'ᴢʐ',
}

const asciiOf: ReadonlyMap<string, string> = new Map(
  Object.entries(lookAlikes).flatMap(([ascii, others]) =>
    [...others].map((other) => [other, ascii]),
  ),
)

/** Two codes with one skeleton look alike: `Log_in`, `l0gin`, `lögin`, and `login` with a Cyrillic о. */
export function skeleton(code: string): string {
  const latin = codeKey(code)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\0-\x7f]/gu, (character) => asciiOf.get(character) ?? character)
  return latin.replaceAll(/rn|vv|[013457891i_./-]/g, (part) => readAlikes[part] ?? part)
}
