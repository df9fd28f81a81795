import type { z } from 'zod'
import { addCodeBody, createLinkBody, editLinkBody } from '../links/link-json.ts'

// Examples of the API description. A test compares them with the schemas.

const newLink = {
  short_code: 'summer',
  short_url: 'https://links.example/summer',
  original_url: 'https://shop.example/sale?utm_source=flyer',
  created_at: '2026-06-01T08:00:00.000Z',
  expires_at: '2026-09-01T00:00:00.000Z',
  starts_at: null,
  fallback_url: 'https://shop.example/',
  click_limit: 1_000,
  has_password: false,
  title: 'Summer sale',
  note: '',
  tags: ['print', 'sale'],
  forward_query: false,
  archived: false,
  display_url: 'https://shop.example/sale?utm_source=flyer',
}

const link = { ...newLink, click_count: 128, admitted_clicks: 128 }
const times = {
  created_at: '2026-06-01T08:00:00.000Z',
  expires_at: '2026-06-02T08:00:00.000Z',
  last_activity_at: '2026-06-01T09:30:00.000Z',
}
const authentication = {
  assurance_level: 1,
  methods: [{ method: 'pwd', at: '2026-06-01T08:00:00.000Z' }],
}

/** A response body of each schema. */
export const examples: Readonly<Record<string, object>> = {
  NewLink: newLink,
  Link: link,
  Links: {
    urls: [link],
    total: 1,
    total_is_minimum: false,
    limit: 20,
    offset: 0,
    next_cursor: null,
  },
  Codes: {
    codes: [
      { short_code: 'summer', short_url: 'https://links.example/summer', is_main: true },
      { short_code: 'sale', short_url: 'https://links.example/sale', is_main: false },
    ],
  },
  Analytics: {
    short_code: 'summer',
    original_url: newLink.original_url,
    total_clicks: 2,
    total_visitors: 2,
    total_bot_clicks: 1,
    by_date: [{ date: '2026-06-01', clicks: 2 }],
    by_referrer: [{ referrer: 'news.example', clicks: 2 }],
    by_country: [{ country: 'DE', clicks: 2 }],
    by_city: [{ city: 'Berlin', country: 'DE', clicks: 2 }],
    by_browser: [{ browser: 'Firefox', clicks: 2 }],
    by_system: [{ system: 'Android', clicks: 2 }],
    by_device: [{ device: 'phone', clicks: 2 }],
    by_hour: [{ hour: 9, clicks: 2 }],
    by_bot: [{ bot: 'Slackbot', clicks: 1 }],
  },
  Account: {
    user: { id: 'kV3xQ9', email: 'you@example.com', created_at: times.created_at },
    token: { kind: 'personal', name: 'CI', scopes: ['links:read'], expires_at: null },
  },
  Session: {
    user: { id: 'kV3xQ9', email: 'you@example.com' },
    session: { id: 'b7Tz2P', ...times, authenticated_at: times.created_at, ...authentication },
    csrf_token: 'value-for-X-CSRF-Token',
  },
  Sessions: {
    sessions: [
      {
        ...{ id: 'b7Tz2P', current: true, ...times, ...authentication },
        ...{ ip_address: '203.0.113.7', user_agent: 'Mozilla/5.0' },
      },
    ],
  },
}

export function exampleOf(schema: string | null): unknown {
  return schema === null ? undefined : examples[schema]
}

const bodies: ReadonlyMap<z.ZodType, object> = new Map<z.ZodType, object>([
  [
    createLinkBody,
    { original_url: newLink.original_url, short_code: 'summer', title: newLink.title },
  ],
  [editLinkBody, { title: newLink.title, tags: newLink.tags, expires_at: null }],
  [addCodeBody, { short_code: 'sale' }],
])

export function exampleOfBody(body: z.ZodType): unknown {
  return bodies.get(body)
}

const errors: Readonly<Record<number, readonly [string, string]>> = {
  400: ['invalid_request', 'Some fields are invalid.'],
  401: ['sign_in_required', 'Send a session cookie or a bearer token.'],
  403: ['insufficient_scope', 'This operation needs a token with the scope links:write.'],
  404: ['not_found', 'There is nothing at this address.'],
  409: ['short_code_taken', 'This short code is already in use.'],
  413: ['body_too_large', 'Send a body of at most 64 KiB.'],
  415: ['unsupported_media_type', 'Send the body as application/json.'],
  429: ['rate_limited', 'You have reached the limit of 600 API calls per minute.'],
  503: ['unavailable', 'Try again in a moment.'],
}

export function exampleOfError(status: number): unknown {
  const [code = 'error', message = ''] = errors[status] ?? []
  return { error: { code, message, request_id: 'q3Yb7fK2' } }
}
