/**
 * The languages and regions in which dates can be written (BCP 47). A fixed list, because a formatter is kept for each
 * and browsers send any tag.
 */
export const locales = [
  ...['en-GB', 'en-US', 'en-AU', 'en-CA', 'en-IN', 'en-IE', 'en-NZ', 'en-ZA'],
  ...['ar-EG', 'bg-BG', 'ca-ES', 'cs-CZ', 'da-DK', 'de-DE', 'de-AT', 'de-CH', 'el-GR'],
  ...['es-ES', 'es-MX', 'et-EE', 'fa-IR', 'fi-FI', 'fr-FR', 'fr-CA', 'fr-CH', 'he-IL', 'hi-IN'],
  ...['hr-HR', 'hu-HU', 'id-ID', 'it-IT', 'ja-JP', 'ko-KR', 'lt-LT', 'lv-LV', 'nb-NO', 'nl-NL'],
  ...['pl-PL', 'pt-BR', 'pt-PT', 'ro-RO', 'ru-RU', 'sk-SK', 'sl-SI', 'sr-RS', 'sv-SE', 'th-TH'],
  ...['tr-TR', 'uk-UA', 'vi-VN', 'zh-CN', 'zh-TW'],
] as const

export type Locale = (typeof locales)[number]

/** For readers of whom no language is known. */
export const defaultLocale: Locale = 'en-GB'

/** Returns the locale with that tag in any case, or `null`. */
export function parseLocale(text: string): Locale | null {
  return locales.find((locale) => locale.toLowerCase() === text.toLowerCase()) ?? null
}

const maxTags = 10

/** The first locale that an `Accept-Language` header prefers (RFC 9110, section 12.5.4), or the default. */
export function preferredLocale(acceptLanguage: string): Locale {
  const tags = acceptLanguage
    .slice(0, 500)
    .split(',', maxTags)
    .map(readTag)
    .filter(({ quality }) => quality > 0)
    .toSorted((one, other) => other.quality - one.quality)
  for (const { tag } of tags) {
    const found = parseLocale(tag) ?? ofLanguage(tag)
    if (found !== null) return found
  }
  return defaultLocale
}

function readTag(text: string): { readonly tag: string; readonly quality: number } {
  const [tag = '', ...parameters] = text.trim().split(';')
  const quality = parameters.map((each) => /^\s*q=([\d.]{1,5})$/i.exec(each)?.[1]).find(Boolean)
  return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality) || 0 }
}

function ofLanguage(tag: string): Locale | null {
  const [language = ''] = tag.toLowerCase().split('-', 1)
  return locales.find((locale) => locale.split('-', 1)[0] === language) ?? null
}
