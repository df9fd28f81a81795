import type { CapturedEmail } from '../../../application/ports/email.ts'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { Timestamp } from '../components/timestamp.tsx'

interface EmailListPageProps {
  readonly frame: Frame
  /** Newest first. */
  readonly emails: readonly CapturedEmail[]
}

/** All captured emails. */
export function EmailListPage({ frame, emails }: EmailListPageProps) {
  return (
    <Layout frame={frame} title="Emails">
      <div class="stack">
        <h1>Emails</h1>
        <p class="lead">
          These emails were not sent because <code>SMTP_URL</code> is not set. They are kept here
          until the server stops.
        </p>
        {emails.length === 0 ? <NoEmails /> : <EmailTable emails={emails} />}
      </div>
    </Layout>
  )
}

function NoEmails() {
  return (
    <div class="empty">
      <h2>No emails yet</h2>
      <p>Create an account or change a password, then reload this page.</p>
    </div>
  )
}

function EmailTable({ emails }: Pick<EmailListPageProps, 'emails'>) {
  return (
    <table class="events">
      <caption class="visually-hidden">Emails, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Subject</th>
          <th scope="col">To</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {emails.map((email) => (
          <tr>
            <th scope="row" class="wide">
              <a href={`/dev/mail/${email.number}`}>{email.subject}</a>
            </th>
            <td data-label="To">{email.to}</td>
            <td data-label="When">
              <Timestamp instant={email.at} precision="second" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface EmailPreviewPageProps {
  readonly frame: Frame
  readonly email: CapturedEmail
}

/** One email as text, with clickable links. */
export function EmailPreviewPage({ frame, email }: EmailPreviewPageProps) {
  return (
    <Layout frame={frame} title={email.subject}>
      <div class="stack">
        <p class="back">
          <a href="/dev/mail">All emails</a>
        </p>
        <h1>{email.subject}</h1>
        <p class="hint">
          To {email.to}, <Timestamp instant={email.at} precision="minute" />
        </p>
        <div class="card email-text">{withLinks(email.text)}</div>
        <p>
          <a class="button secondary" href={`/dev/mail/${email.number}/html`}>
            View as HTML
          </a>
        </p>
      </div>
    </Layout>
  )
}

/** The text with its URLs as links. */
function withLinks(text: string) {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part, index) => (index % 2 === 0 ? part : <a href={part}>{part}</a>))
}
