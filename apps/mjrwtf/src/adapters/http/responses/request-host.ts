/** The host as in the origin `baseUrl`: without the default port of its scheme and without a final dot. */
export function hostIn(baseUrl: string, host: string): string {
  const name = host.replace(/\.(?=:|$)/, '')
  return URL.parse(`${new URL(baseUrl).protocol}//${name}`)?.host ?? name
}
