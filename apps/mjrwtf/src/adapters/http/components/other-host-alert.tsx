import type { OtherHost } from '../../../domain/other-host.ts'
import { Alert } from './alerts.tsx'
import type { Frame } from './frame.ts'
import { withoutScheme } from './link-card.tsx'

interface OtherHostAlertProps {
  readonly frame: Frame
  readonly opened: OtherHost
}

/** Shown on every page that was opened under another name than that of the site, where no form works. */
export function OtherHostAlert({ frame, opened }: OtherHostAlertProps) {
  const ownOrigin = frame.home.replace(/\/$/, '')
  return (
    <Alert kind="error">
      <p>
        <strong>You cannot sign in here.</strong> You opened this site{' '}
        {opened.origin === null ? 'under another name' : <>at {withoutScheme(opened.origin)}</>},
        but its URL is <a href={`${ownOrigin}${frame.path}`}>{withoutScheme(ownOrigin)}</a>.
      </p>
      <p>
        <Advice opened={opened} />
      </p>
    </Alert>
  )
}

function Advice({ opened: { origin, settings } }: Pick<OtherHostAlertProps, 'opened'>) {
  if (settings.length > 0) {
    return (
      <>
        If you manage this server and want to use this name, set these variables and restart it:{' '}
        {settings.map((setting) => (
          <>
            <code class="setting">{setting}</code>{' '}
          </>
        ))}
      </>
    )
  }
  if (origin === null) {
    return (
      <>
        If you manage this server and want to use this name, set <code>BASE_URL</code> to the URL in
        your browser's address bar, without the path, and restart it. The URL must begin with
        https://.
      </>
    )
  }
  return (
    <>
      If you manage this server: plain http works on localhost and private IP addresses only. Set up
      https for this name, set <code class="setting">BASE_URL={toHttps(origin)}</code> and restart
      it, or open this page by the server's private IP address.
    </>
  )
}

function toHttps(origin: string): string {
  const { hostname } = new URL(origin)
  return `https://${hostname}`
}
