interface ManagedSearchProps {
  /** Path of the page. */
  readonly action: string
  readonly label: string
  readonly query: string
  readonly hint?: string
}

/** The search of a list for administrators. */
export function ManagedSearch({ action, label, query, hint }: ManagedSearchProps) {
  return (
    <search>
      <form class="managed-search" method="get" action={action}>
        <div class="field">
          <label for="q">{label}</label>
          <div class="with-button">
            <input
              id="q"
              name="q"
              type="search"
              value={query}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              aria-describedby={hint === undefined ? undefined : 'q-hint'}
            />
            <button class="button secondary" type="submit">
              Search
            </button>
          </div>
          {hint !== undefined && (
            <p class="hint" id="q-hint">
              {hint}
            </p>
          )}
        </div>
      </form>
    </search>
  )
}
