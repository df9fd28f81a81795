import type { Child } from 'hono/jsx'
import { describeScopes } from '../../../application/shared/scope-texts.ts'
import type { ClientApplication } from '../../../domain/client-application.ts'
import type { Scope } from '../../../domain/scope.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { dayText } from '../components/texts.ts'

export interface ConsentFormProps {
  readonly frame: Frame
  readonly client: Pick<ClientApplication, 'name' | 'website' | 'createdAt'>
  /** What the user would grant. Not empty. */
  readonly scopes: readonly Scope[]
  /** Path, with a query if the flow needs one. */
  readonly action: string
  /** Hidden fields of the flow, by name. */
  readonly fields?: Readonly<Record<string, string>>
  /** Facts of the flow, as `dt` and `dd`: where the user returns to, or which device asks. */
  readonly children?: Child
}

/** Submitted as `decision`. */
export type ConsentDecision = 'allow' | 'deny'

/**
 * What a client application could do, for whom, and the buttons that allow or deny it. Every flow shows it for every
 * authorization: a program can pretend to be a public client (RFC 8252, section 8.6).
 */
export function ConsentForm(props: ConsentFormProps) {
  const { frame, client, scopes, action, fields = {} } = props
  return (
    <form class="card consent" method="post" action={action} data-once="">
      <CsrfField token={frame.csrfToken} />
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <h2>This allows {client.name} to:</h2>
      <ul class="granted">
        {describeScopes(scopes).map((text) => (
          <li>{text}</li>
        ))}
      </ul>
      <p class="hint">It never sees your password and cannot change how you sign in.</p>
      <dl class="facts">
        <div>
          <dt>Your account</dt>
          <dd class="breakable">{frame.viewer?.email}</dd>
        </div>
        {props.children}
        {client.website !== null && <Website url={client.website} />}
        <div>
          <dt>Registered</dt>
          <dd>{dayText(client.createdAt)}, by an administrator of this site</dd>
        </div>
      </dl>
      <div class="actions">
        <button class="button" type="submit" name="decision" value="allow">
          Allow
        </button>
        <button class="button secondary" type="submit" name="decision" value="deny">
          Deny
        </button>
      </div>
      <p class="hint">
        You can disconnect it at any time in <a href="/settings/connected-apps">Connected apps</a>.
      </p>
    </form>
  )
}

/** Opens in a new tab, so that the request stays open. */
function Website({ url }: { readonly url: string }) {
  return (
    <div>
      <dt>Website</dt>
      <dd class="breakable">
        <a href={url} target="_blank" rel="noopener noreferrer">
          {new URL(url).host}
          <span class="visually-hidden"> (opens a new tab)</span>
        </a>
      </dd>
    </div>
  )
}
