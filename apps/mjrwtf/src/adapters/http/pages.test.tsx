import { describe, expect, it } from 'vitest'
import type { ListedLink } from '../../application/ports/link-list.ts'
import { linkDefaults } from '../../domain/link.ts'
import { Field, noErrors } from './components/fields.tsx'
import type { Frame } from './components/frame.ts'
import { minuteText, retryText } from './components/texts.ts'
import { DashboardPage } from './links/dashboard-page.tsx'
import { PreviewPage } from './links/link-pages.tsx'
import { SetUpPage, SignInPage, SignUpPage } from './sign-in/sign-in-pages.tsx'

const hostile = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`

const frame: Frame = {
  nonce: 'nonce',
  assets: {
    ...{ styles: '/s.css', script: '/s.js', passkeys: '/p.js', shortcuts: '/k.js' },
    ...{ icon: '/i.svg', logo: null },
  },
  site: { name: `mjr${hostile}`, imprintUrl: null, privacyUrl: null },
  isPlainHttp: false,
  otherHost: { origin: `http://x${hostile}`, settings: [`BASE_URL=${hostile}`] },
  home: '/',
  viewer: { email: `ada${hostile}@example.com`, isOperator: false, hasPassword: true },
  theme: 'system',
  detectsZone: false,
  hasNavigation: true,
  isReadOnly: false,
  formOwnerToken: 'signed',
  csrfToken: 'masked',
  flashes: [{ kind: 'success', message: hostile }],
  signUpOpen: false,
  invitesEnabled: true,
  phoneEnabled: false,
  hasSharedTokens: false,
  path: '/dashboard',
  shortHosts: [],
  reloadPath: null,
}

const link: ListedLink = {
  place: { key: 0, position: 1 },
  state: 'active',
  id: 'id',
  shortCode: 'menu',
  destination: `https://example.com/?${hostile}`,
  ownerId: 'owner',
  createdAt: Date.UTC(2026, 0, 15),
  ...linkDefaults,
  clickCount: 1204,
  admittedClicks: 0,
  takeDown: null,
}

const now = Date.UTC(2026, 1, 1)

function dashboard(overrides: Partial<ListedLink> = {}): string {
  return (
    <DashboardPage
      frame={frame}
      shortBaseUrl="https://mjr.example"
      list={{
        links: [{ ...link, ...overrides }],
        range: { index: 20, count: 1, newer: 'newer', older: 'older' },
      }}
      suggestsFactor={false}
      totals={{ links: 45, clicks: 1204 }}
      change={null}
      count={{ links: 45, isMinimum: false }}
      query={{
        ...{ limit: 20, offset: 20, cursor: null, query: hostile, tag: '', state: null },
        ...{ from: '', to: '', sort: { by: 'created', isDescending: true } },
      }}
    />
  ).toString()
}

describe('pages', () => {
  it('render user input as text', () => {
    expect(dashboard()).not.toContain('<script>alert')
    expect(dashboard()).not.toContain('<img')
    const next = `/x${hostile}`
    const login = (
      <SignInPage
        {...{
          frame,
          email: hostile,
          next,
          remember: false,
          fieldErrors: noErrors,
          passkeyOffer: null,
          isPending: false,
          providers: [{ id: 'oidc', issuer: 'https://id.test', name: hostile }],
        }}
        {...{ problem: hostile, reason: hostile }}
      />
    ).toString()
    expect(login).not.toContain('<script>alert')
  })

  it('contain no inline styles or event handlers, which the CSP would block', () => {
    expect(dashboard()).not.toMatch(/<[^>]* (style|on\w+)=(?!.{0,9}alert)/)
    expect(dashboard().match(/<script[^>]*>/g)).toEqual([
      '<script nonce="nonce" src="/s.js" defer="">',
      '<script nonce="nonce" src="/k.js" defer="">',
    ])
  })

  it('ask for confirmation before a deletion, without JavaScript too', () => {
    expect(dashboard()).toMatch(/<details><summary>.*<form[^>]*action="\/links\/menu\/delete"/)
  })

  it('contain the CSRF token in each POST form', () => {
    const posts = dashboard().match(/<form[^>]*method="post"[^>]*>(<input type="hidden"[^>]*>)?/g)
    expect(posts).toHaveLength(3)
    for (const form of posts ?? []) expect(form).toContain('name="csrf_token" value="masked"')
  })

  it('link to the previous and next page of a list and keep the search', () => {
    const search = new URLSearchParams({ q: hostile }).toString()
    expect(dashboard()).toContain(`/dashboard?${search}&amp;cursor=newer`)
    expect(dashboard()).toContain(`/dashboard?${search}&amp;cursor=older`)
  })

  it('show whether a link has expired and when it expires', () => {
    expect(dashboard({ expiresAt: now, state: 'ended' })).toMatch(
      /Expired <time[^>]*>1 Feb 2026, 00:00 UTC</,
    )
    expect(dashboard({ expiresAt: now + 1 })).toMatch(/Expires <time[^>]*>1 Feb 2026, 00:00 UTC</)
  })

  it('show invitations to the operator only', () => {
    expect(dashboard()).not.toContain('/settings/invitations')
  })

  it('show the destination of a link in its preview', () => {
    const preview = (
      <PreviewPage
        frame={{ ...frame, hasNavigation: false }}
        shortUrl="https://mjr.example/menu"
        link={{ destination: 'https://example.com/x', typedDestination: null }}
        reportUrl="https://mjr.example/report/menu"
      />
    ).toString()
    expect(preview).toContain('href="https://example.com/x" rel="noopener noreferrer nofollow"')
    expect(preview).not.toContain('Sign out')
  })
})

describe('form field', () => {
  it('associates its hint and its error with the input', () => {
    const field = (<Field name="email" label="Email" hint="Yours." problem="Missing." />).toString()
    expect(field).toContain('aria-describedby="email-problem email-hint"')
    expect(field).toContain('aria-invalid="true"')
    expect(field).toContain('id="email-problem"')
  })

  it('gets the focus if it has an error', () => {
    const field = (problem?: string) =>
      (<Field name="email" label="Email" problem={problem} />).toString()
    expect(field('Missing.')).toContain('autofocus')
    expect(field()).not.toContain('autofocus')
  })

  it('never renders the value of a password', () => {
    const field = (<Field name="password" label="Password" type="password" />).toString()
    expect(field).not.toContain('value=')
  })
})

describe('password field', () => {
  const inputOf = (page: string) => /<input[^>]*type="password"[^>]*>/.exec(page)?.[0] ?? ''
  const account = { frame, email: '', problem: null, fieldErrors: noErrors }
  const login = (
    <SignInPage
      {...account}
      next={null}
      remember={false}
      reason={null}
      passkeyOffer={null}
      isPending={false}
      providers={[]}
    />
  ).toString()
  const createAccount = { ...account, passwordMinLength: 15 }
  const signUp = (<SignUpPage {...createAccount} invite={null} providers={[]} />).toString()
  const setUp = (<SetUpPage {...createAccount} code="" />).toString()

  it('is masked, can be shown, and has the autocomplete hint of its purpose (V6.2.6, V6.2.7)', () => {
    expect(inputOf(login)).toContain('autocomplete="current-password"')
    for (const page of [signUp, setUp]) {
      expect(inputOf(page)).toContain('autocomplete="new-password"')
    }
    for (const page of [login, signUp, setUp]) {
      expect(page.match(/type="password"/g)).toHaveLength(1)
      expect(page).toMatch(/<button[^>]*type="button"[^>]*data-reveal="password"/)
      expect(page).toMatch(/<input[^>]*type="email"[^>]*autocomplete="username[ "]/)
    }
  })

  it('accepts any typed or pasted text: no maxlength, pattern or handler (V6.2.5, V6.2.7)', () => {
    for (const page of [login, signUp, setUp]) {
      expect(inputOf(page)).not.toMatch(/ (maxlength|pattern|on\w+|readonly)/i)
    }
  })
})

describe('date texts', () => {
  it('are formatted in UTC', () => {
    const instant = Date.UTC(2026, 11, 31, 23, 59, 59)
    expect(minuteText(instant)).toBe('31 Dec 2026, 23:59 UTC')
  })
})

describe('retryText', () => {
  it.each([
    [0, 'Try again in 1 second.'],
    [59, 'Try again in 59 seconds.'],
    [60, 'Try again in 1 minute.'],
    [61, 'Try again in 2 minutes.'],
    [3_541, 'Try again in 1 hour.'],
    [86_400, 'Try again in 24 hours.'],
  ])('rounds %i seconds up to one unit', (seconds, text) => {
    expect(retryText(seconds)).toBe(text)
  })
})
