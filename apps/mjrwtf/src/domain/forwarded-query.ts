/**
 * Adds the query of a short link to its destination, before the fragment. A parameter of the visitor replaces all parameters of
 * the destination with its name; the order and the encoding of the rest stay as they are, because a signature may depend on
 * them. A destination that is neither http nor https stays as it is.
 *
 * @param search query of the request with its question mark, percent-encoded as in `URL.search`; empty for none.
 */
export function forwardQuery(destination: string, search: string): string {
  const added = pairsOf(search.slice(1))
  if (added.length === 0 || !/^https?:/i.test(destination)) return destination
  const [beforeFragment = '', ...fragment] = destination.split('#')
  const [base = '', ...query] = beforeFragment.split('?')
  const names = new Set(added.map(nameOf))
  const kept = pairsOf(query.join('?')).filter((pair) => !names.has(nameOf(pair)))
  return `${base}?${[...kept, ...added].join('&')}${fragment.map((part) => `#${part}`).join('')}`
}

function pairsOf(query: string): readonly string[] {
  return query.split('&').filter((pair) => pair !== '')
}

/** As servers read it: decoded, with a plus sign for a space. */
function nameOf(pair: string): string {
  return [...new URLSearchParams(pair).keys()][0] ?? ''
}
