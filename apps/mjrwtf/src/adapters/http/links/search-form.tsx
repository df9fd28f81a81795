/** Searches the links of the user. */
export function SearchForm({ query }: { readonly query: string }) {
  return (
    <search>
      <form class="search" method="get" action="/dashboard">
        <label class="visually-hidden" for="q">
          Search links
        </label>
        <input id="q" name="q" type="search" value={query} placeholder="Search by code or URL" />
        <button class="button secondary" type="submit">
          Search
        </button>
      </form>
    </search>
  )
}
