import type { Hono } from 'hono'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { CopyButton } from '../components/link-card.tsx'
import type { AppEnv, PageContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { createPath } from './prefilled-form.ts'

/** A page with the bookmarklet, and how to share pages from a phone. */
export function addBookmarkletRoutes(app: Hono<AppEnv>, context: PageContext): void {
  userRoutes(app, context).get(`${createPath}/bookmarklet`, async (c) => {
    const frame = await frameOf(context, c)
    return page(c, <BookmarkletPage frame={frame} baseUrl={context.options.baseUrl} />)
  })
}

/**
 * Opens the form with the address and the title of the page that the browser shows. It contains no token, and creates nothing
 * by itself. The policy of our own pages does not run it.
 */
function bookmarklet(baseUrl: string): string {
  const open = `${baseUrl}${createPath}?url=`
  return (
    `javascript:void(location.href=${JSON.stringify(open)}` +
    `+encodeURIComponent(location.href)+"&title="+encodeURIComponent(document.title))`
  )
}

interface BookmarkletPageProps {
  readonly frame: Frame
  readonly baseUrl: string
}

function BookmarkletPage({ frame, baseUrl }: BookmarkletPageProps) {
  const code = bookmarklet(baseUrl)
  return (
    <Layout frame={frame} title="Shorten from any page">
      <div class="stack">
        <h1>Shorten from any page</h1>
        <section class="card bookmarklet">
          <h2>On a computer</h2>
          <p>
            Drag this button to the bookmarks bar of your browser. On any page, select the bookmark
            to open the form with the address and title of that page.
          </p>
          <p class="actions">
            <a class="button secondary" href={code} draggable="true">
              Shorten this page
            </a>
            <CopyButton
              text={code}
              label="Copy code"
              variant="button secondary small"
              announcement="Code copied"
            />
          </p>
          <p class="hint">
            Without a bookmarks bar, add any bookmark and replace its address by the code.
          </p>
        </section>
        <section class="card bookmarklet">
          <h2>On a phone</h2>
          <p>
            Install this site from the menu of your browser (“Install app” or “Add to home screen”).
            It then appears in the share menu of other apps.
          </p>
        </section>
        <p>
          <a href={createPath}>Create a short link</a>
        </p>
      </div>
    </Layout>
  )
}
