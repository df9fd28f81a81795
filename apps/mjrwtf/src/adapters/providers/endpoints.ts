/** Where the providers are whose URLs are known. Tests replace them; no variable does. */
export interface ProviderEndpoints {
  /** Issuer of Google. */
  readonly google: string
  /** Origins of GitHub and of its API. */
  readonly github: { readonly site: string; readonly api: string }
  /** Origin of Discord. */
  readonly discord: string
}

export const publicEndpoints: ProviderEndpoints = {
  google: 'https://accounts.google.com',
  github: { site: 'https://github.com', api: 'https://api.github.com' },
  discord: 'https://discord.com',
}
