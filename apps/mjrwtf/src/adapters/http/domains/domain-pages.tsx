import type { ShortDomain } from '../../../domain/short-domain.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { TimeDetail } from '../components/time-detail.tsx'

export const domainsPath = '/settings/domains'

export function domainPath(host: string): string {
  return `${domainsPath}/${encodeURIComponent(host)}`
}

/** Values of the form, as typed. */
export interface DomainFormValues {
  readonly host?: string | undefined
  readonly root_url: string
  readonly not_found_url: string
  readonly not_found_text: string
}

interface FormProps {
  readonly frame: Frame
  readonly values: DomainFormValues
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

interface DomainsPageProps extends FormProps {
  /** Of short links without a domain of their own. */
  readonly defaultHost: string
  readonly domains: readonly ShortDomain[]
  readonly now: number
}

/** The hosts of short links, for administrators. */
export function DomainsPage(props: DomainsPageProps) {
  const { frame, defaultHost, domains, now } = props
  return (
    <SettingsLayout frame={frame} title="Domains">
      <p class="lead">
        Short links use {defaultHost} unless their creator chooses one of these domains. A link
        works at its own domain only.
      </p>
      {domains.length > 0 && (
        <ul class="devices" aria-label="Domains">
          {domains.map((domain) => (
            <DomainItem domain={domain} now={now} />
          ))}
        </ul>
      )}
      <section class="bulk-action" aria-labelledby="add">
        <h2 id="add">Add a domain</h2>
        <p class="hint">
          Point the domain to this server, and set up https for it at your proxy, which must pass on
          the Host header.
        </p>
        <DomainForm {...props} action={domainsPath} isNew />
      </section>
    </SettingsLayout>
  )
}

function DomainItem({ domain, now }: { readonly domain: ShortDomain; readonly now: number }) {
  const { host, rootUrl, notFoundUrl, notFoundText, createdAt } = domain
  return (
    <li class="device">
      <div class="device-head">
        <h2 class="breakable">{host}</h2>
      </div>
      <dl>
        <TimeDetail label="Added" instant={createdAt} now={now} />
        <div class="wide">
          <dt>Root</dt>
          <dd class="breakable">{rootUrl ?? 'Page not found'}</dd>
        </div>
        <div class="wide">
          <dt>Unknown codes</dt>
          <dd class="breakable">{notFoundUrl ?? (notFoundText || 'Page not found')}</dd>
        </div>
      </dl>
      <div class="device-actions">
        <a class="button secondary small" href={domainPath(host)}>
          Change<span class="visually-hidden"> {host}</span>
        </a>
      </div>
    </li>
  )
}

interface DomainPageProps extends FormProps {
  readonly host: string
  readonly defaultHost: string
}

/** Changes or removes one domain. */
export function DomainPage(props: DomainPageProps) {
  const { frame, host, defaultHost } = props
  return (
    <SettingsLayout frame={frame} title={host} section={domainsPath}>
      <DomainForm {...props} action={domainPath(host)} isNew={false} />
      <section class="bulk-action" aria-labelledby="remove">
        <h2 id="remove">Remove this domain</h2>
        <p class="hint">
          Its links continue at {defaultHost}, with the same codes. Links that were printed or sent
          with {host} stop working.
        </p>
        <form method="post" action={`${domainPath(host)}/remove`}>
          <CsrfField token={frame.csrfToken} />
          <div class="actions">
            <button class="button danger" type="submit">
              Remove domain
            </button>
          </div>
        </form>
      </section>
    </SettingsLayout>
  )
}

interface DomainFormProps extends FormProps {
  readonly action: string
  readonly isNew: boolean
}

function DomainForm({ frame, values, fieldErrors, problem, action, isNew }: DomainFormProps) {
  return (
    <form method="post" action={action}>
      {problem !== null && <Alert kind="error">{problem}</Alert>}
      <CsrfField token={frame.csrfToken} />
      {isNew && (
        <Field
          name="host"
          label="Domain"
          value={values.host ?? ''}
          problem={fieldErrors.host}
          attributes={{ ...plainText, placeholder: 'go.example' }}
        />
      )}
      <Field
        name="root_url"
        label="Root redirects to"
        optional
        value={values.root_url}
        problem={fieldErrors.root_url}
        hint="Such as your website. Without it, the root is an error page."
        attributes={plainText}
      />
      <Field
        name="not_found_url"
        label="Unknown codes redirect to"
        optional
        value={values.not_found_url}
        problem={fieldErrors.not_found_url}
        attributes={plainText}
      />
      <NotFoundText value={values.not_found_text} problem={fieldErrors.not_found_text} />
      <div class="actions">
        <button class="button" type="submit">
          {isNew ? 'Add domain' : 'Save changes'}
        </button>
      </div>
    </form>
  )
}

const plainText = {
  autocomplete: 'off',
  autocapitalize: 'none',
  spellcheck: 'false',
  inputmode: 'url',
} as const

interface NotFoundTextProps {
  readonly value: string
  readonly problem: string | undefined
}

function NotFoundText({ value, problem }: NotFoundTextProps) {
  const name = 'not_found_text'
  return (
    <div class="field">
      <label for={name}>
        Text for unknown codes <span class="optional">(optional)</span>
      </label>
      <textarea
        id={name}
        name={name}
        rows={3}
        aria-describedby={problem === undefined ? `${name}-hint` : `${name}-problem ${name}-hint`}
        aria-invalid={problem === undefined ? undefined : 'true'}
      >
        {value}
      </textarea>
      <p class="hint" id={`${name}-hint`}>
        Instead of a redirect, shown on the error page. At most 500 characters.
      </p>
      {problem !== undefined && (
        <p class="problem" id={`${name}-problem`}>
          {problem}
        </p>
      )}
    </div>
  )
}
