interface ProviderButtonsProps {
  readonly providers: readonly { readonly id: string; readonly name: string }[]
  /** Path to open after signing in. Default: none. */
  readonly next?: string | null
  /** The invite of a new user. Default: none. */
  readonly invite?: string | null
}

/**
 * Links that start a sign-in with an external provider. Not buttons of a form, whose redirect to another site browsers
 * block (`form-action`).
 */
export function ProviderButtons({ providers, next = null, invite = null }: ProviderButtonsProps) {
  if (providers.length === 0) return null
  const query = new URLSearchParams({
    ...(next !== null && { next }),
    ...(invite !== null && { invite }),
  })
  const search = query.size === 0 ? '' : `?${query}`
  return (
    <div class="providers">
      <p class="or">or</p>
      <ul>
        {providers.map(({ id, name }) => (
          <li>
            <a class="button secondary" href={`/login/${id}${search}`} data-provider="">
              Continue with {name}
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
