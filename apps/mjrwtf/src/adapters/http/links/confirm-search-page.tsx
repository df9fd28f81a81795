import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { SearchForm } from './search-form.tsx'

interface ConfirmSearchPageProps {
  readonly frame: Frame
  readonly query: string
}

/** A search that another site linked to, with the button that starts it. */
export function ConfirmSearchPage({ frame, query }: ConfirmSearchPageProps) {
  return (
    <Layout frame={frame} title="Search links">
      <div class="stack">
        <h1>Search links</h1>
        <p class="lead">Another site opened this search. Select Search to see the results.</p>
        <SearchForm query={query} />
      </div>
    </Layout>
  )
}
