import type { LinkChangeState } from '../../../application/links/change-links.ts'
import type { OwnTag } from '../../../application/ports/link-list.ts'
import { tagLimits } from '../../../domain/tag.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { ChangeAlert } from './change-alert.tsx'

export const tagsPath = '/dashboard/tags'

interface TagsPageProps {
  readonly frame: Frame
  /** In the order of their keys. */
  readonly tags: readonly OwnTag[]
  /** The key that the next page starts after, or `null`. */
  readonly next: string | null
  /** The change of a tag that was just carried out, or `null`. */
  readonly change: LinkChangeState | null
}

/** The tags of a user's links, to rename and delete them. */
export function TagsPage({ frame, tags, next, change }: TagsPageProps) {
  return (
    <Layout frame={frame} title="Tags">
      <div class="stack">
        <p class="back">
          <a href="/dashboard">Links</a>
        </p>
        <h1>Tags</h1>
        {change !== null && <ChangeAlert change={change} csrfToken={frame.csrfToken} />}
        {tags.length === 0 ? (
          <p>No links with tags. Add tags to a link when you create or edit it.</p>
        ) : (
          <ul class="links" aria-label="Tags">
            {tags.map((tag) => (
              <TagItem tag={tag} csrfToken={frame.csrfToken} />
            ))}
          </ul>
        )}
        {next !== null && (
          <nav class="pages" aria-label="Pages">
            <a
              class="button secondary small"
              href={`${tagsPath}?${new URLSearchParams({ after: next })}`}
              rel="next"
            >
              More tags
            </a>
          </nav>
        )}
      </div>
    </Layout>
  )
}

interface TagItemProps {
  readonly tag: OwnTag
  readonly csrfToken: string
}

function TagItem({ tag: { key, tag, links, isMinimum }, csrfToken }: TagItemProps) {
  const count = `${isMinimum ? 'More than ' : ''}${links} ${links === 1 ? 'link' : 'links'}`
  return (
    <li class="tag-item">
      <div>
        <h2>
          <a href={`/dashboard?${new URLSearchParams({ tag })}`}>
            <bdi>{tag}</bdi>
          </a>
        </h2>
        <p class="hint">{count}</p>
      </div>
      <details>
        <summary>
          Rename<span class="visually-hidden"> {tag}</span>
        </summary>
        <form class="stack" method="post" action="/dashboard/change">
          <TagFields {...{ tag, csrfToken }} />
          <div class="field">
            <label for={`name-${key}`}>New name</label>
            <input
              id={`name-${key}`}
              name="new_tag"
              type="text"
              value={tag}
              required
              autocomplete="off"
              dir="auto"
            />
            <p class="hint">
              Up to {tagLimits.length} characters. Links that have both tags keep the new one, so
              renaming cannot be undone.
            </p>
          </div>
          <button class="button secondary" type="submit" name="action" value="rename-tag">
            Rename tag
          </button>
        </form>
      </details>
      <details>
        <summary>
          Delete<span class="visually-hidden"> {tag}</span>
        </summary>
        <form class="stack" method="post" action="/dashboard/change">
          <TagFields {...{ tag, csrfToken }} />
          <p>Remove this tag from all links, also archived ones? The links stay.</p>
          <button class="button danger" type="submit" name="action" value="remove-tag">
            Delete tag
          </button>
        </form>
      </details>
    </li>
  )
}

function TagFields({ tag, csrfToken }: { readonly tag: string; readonly csrfToken: string }) {
  return (
    <>
      <CsrfField token={csrfToken} />
      <input type="hidden" name="scope" value="tag" />
      <input type="hidden" name="tag" value={tag} />
    </>
  )
}
