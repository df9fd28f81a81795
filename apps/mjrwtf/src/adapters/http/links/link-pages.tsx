import { Alert, DraftRestoredAlert } from '../components/alerts.tsx'
import type { FieldErrors } from '../components/fields.tsx'
import { CsrfField, DraftFields } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { LinkCard, withoutScheme } from '../components/link-card.tsx'
import type { LinkFormValues } from './link-form.tsx'
import { DestinationField, ExpiryField, LinkForm } from './link-form.tsx'

interface CreatePageProps {
  readonly frame: Frame
  readonly shortBaseUrl: string
  readonly values: LinkFormValues
  readonly fieldErrors: FieldErrors
  /** What is wrong with the attempt as a whole. */
  readonly problem: string | null
  /** The draft that filled the form, or empty. */
  readonly draft: string
  /** Whether it has just come back from there. */
  readonly isRestored: boolean
}

export function CreatePage(props: CreatePageProps) {
  return (
    <Layout frame={props.frame} title="New link">
      <div class="stack">
        <h1>Shorten a link</h1>
        {props.isRestored && <DraftRestoredAlert />}
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        <div class="card">
          <LinkForm
            csrfToken={props.frame.csrfToken}
            formOwnerToken={props.frame.formOwnerToken}
            draft={props.draft}
            shortBaseUrl={props.shortBaseUrl}
            values={props.values}
            fieldErrors={props.fieldErrors}
          />
        </div>
      </div>
    </Layout>
  )
}

interface CreatedPageProps {
  readonly frame: Frame
  readonly shortCode: string
  readonly shortUrl: string
  readonly destination: string
  /** When the link ends, in words, or `null` for never. */
  readonly expires: string | null
}

export function CreatedPage(props: CreatedPageProps) {
  return (
    <Layout frame={props.frame} title="Link made">
      <div class="stack">
        <h1>Your short link is ready</h1>
        <LinkCard shortUrl={props.shortUrl} destination={props.destination} copyLabel="Copy link" />
        <p class="lead">
          {props.expires === null ? 'It does not expire.' : `It expires on ${props.expires}.`}
        </p>
        <p class="actions">
          <a class="button secondary" href="/create">
            Make another
          </a>
          <a href={`/links/${props.shortCode}`}>See its clicks</a>
          <a href="/dashboard">See all your links</a>
        </p>
      </div>
    </Layout>
  )
}

interface EditPageProps {
  readonly frame: Frame
  readonly shortCode: string
  readonly shortUrl: string
  readonly values: Pick<LinkFormValues, 'destination' | 'expiresAt'>
  readonly fieldErrors: FieldErrors
  /** The draft that filled the form, or empty. */
  readonly draft: string
  /** Whether it has just come back from there. */
  readonly isRestored: boolean
}

export function EditPage(props: EditPageProps) {
  return (
    <Layout frame={props.frame} title={`Edit ${props.shortCode}`}>
      <div class="narrow stack">
        <h1>Edit link</h1>
        <p class="short-url">{withoutScheme(props.shortUrl)}</p>
        {props.isRestored && <DraftRestoredAlert />}
        <form class="card" method="post" action={`/links/${props.shortCode}/edit`}>
          <CsrfField token={props.frame.csrfToken} />
          <DraftFields ownerToken={props.frame.formOwnerToken} draft={props.draft} />
          <DestinationField
            value={props.values.destination}
            problem={props.fieldErrors.original_url}
          />
          <ExpiryField value={props.values.expiresAt} problem={props.fieldErrors.expires_at} />
          <div class="actions">
            <button class="button" type="submit">
              Save changes
            </button>
            <a href="/dashboard">Keep it as it is</a>
          </div>
        </form>
      </div>
    </Layout>
  )
}

interface PreviewPageProps {
  readonly frame: Frame
  readonly shortUrl: string
  readonly destination: string
}

/** Where a link leads, for those who look first. */
export function PreviewPage(props: PreviewPageProps) {
  return (
    <Layout frame={props.frame} title="Where this link leads">
      <div class="stack">
        <h1>Where this link leads</h1>
        <LinkCard shortUrl={props.shortUrl} destination={props.destination} copyLabel={null} />
        <p class="lead">You have not been sent anywhere. The button leaves this site.</p>
        <p class="actions">
          <a class="button" href={props.destination} rel="noopener noreferrer nofollow">
            Go to {hostOf(props.destination)}
          </a>
        </p>
      </div>
    </Layout>
  )
}

function hostOf(destination: string): string {
  return URL.canParse(destination) ? new URL(destination).host : 'the destination'
}
