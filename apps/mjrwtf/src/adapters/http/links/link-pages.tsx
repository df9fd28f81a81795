import { Alert, DraftRestoredAlert } from '../components/alerts.tsx'
import { type ShownLink, targetOf } from '../components/destination.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { LinkCard, withoutScheme } from '../components/link-card.tsx'
import type { FormState } from '../forms/form-page.ts'
import type { LinkFormValues } from './link-fields.ts'
import { CreateLinkForm, EditLinkForm } from './link-form.tsx'
import { createPath } from './prefilled-form.ts'

interface CreatePageProps extends FormState<LinkFormValues> {
  readonly frame: Frame
  readonly shortBaseUrl: string
}

export function CreatePage(props: CreatePageProps) {
  return (
    <Layout frame={props.frame} title="Create a short link">
      <div class="stack">
        <h1>Create a short link</h1>
        {props.isRestored && <DraftRestoredAlert />}
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        <div class="card">
          <CreateLinkForm {...props} />
        </div>
        <p class="actions">
          <a href={`${createPath}/bookmarklet`}>Shorten from any page</a>
        </p>
      </div>
    </Layout>
  )
}

interface EditPageProps extends FormState<LinkFormValues> {
  readonly frame: Frame
  readonly shortCode: string
  readonly shortUrl: string
}

export function EditPage(props: EditPageProps) {
  return (
    <Layout frame={props.frame} title={`Edit /${props.shortCode}`}>
      <div class="stack">
        <h1>Edit link</h1>
        <p class="short-url">{withoutScheme(props.shortUrl)}</p>
        {props.isRestored && <DraftRestoredAlert />}
        <EditLinkForm {...props} />
      </div>
    </Layout>
  )
}

interface PreviewPageProps {
  readonly frame: Frame
  readonly shortUrl: string
  readonly link: ShownLink
  /** Where the link is reported, on the host of the app. */
  readonly reportUrl: string
}

/** Shows the destination of a link without redirecting. */
export function PreviewPage(props: PreviewPageProps) {
  return (
    <Layout frame={props.frame} title="Link preview">
      <div class="stack">
        <h1>Link preview</h1>
        <LinkCard shortUrl={props.shortUrl} link={props.link} copyLabel={null} />
        <p class="lead">You have not been redirected. Continue only if you trust this address.</p>
        <p class="actions">
          <a class="button" href={props.link.destination} rel="noopener noreferrer nofollow">
            Continue to {targetOf(props.link.destination)}
          </a>
          <a href={props.reportUrl}>Report this link</a>
        </p>
      </div>
    </Layout>
  )
}
