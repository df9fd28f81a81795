/** Parameters by which web analytics group visits, in the order in which they are added. */
export const campaignNames = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
] as const

export type CampaignName = (typeof campaignNames)[number]

export type Campaign = Readonly<Partial<Record<CampaignName, string | undefined>>>

/**
 * Adds campaign parameters to the query of a URL, before its fragment. A parameter that the URL has is replaced; an empty one is
 * neither added nor removed. The rest of the URL stays as it was typed, because another spelling could invalidate a signature.
 */
export function addCampaign(url: string, campaign: Campaign): string {
  const added = campaignNames.flatMap((name) => {
    const value = campaign[name]?.trim() ?? ''
    return value === '' ? [] : [{ name, value }]
  })
  if (added.length === 0 || url.trim() === '') return url
  const [, base = '', query = '', fragment = ''] =
    /^([^?#]*)(?:\?([^#]*))?(#.*)?$/su.exec(url.trim()) ?? []
  const names = new Set<string>(added.map(({ name }) => name))
  const kept = query.split('&').filter((part) => part !== '' && !names.has(nameOf(part)))
  const parts = [...kept, ...added.map(({ name, value }) => `${name}=${encode(value)}`)]
  return `${base}?${parts.join('&')}${fragment}`
}

function nameOf(part: string): string {
  const [name = ''] = part.split('=', 1)
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Halves of surrogate pairs, which no URL can contain, become replacement characters. */
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}
