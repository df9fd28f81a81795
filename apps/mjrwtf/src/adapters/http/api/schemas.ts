const text = { type: 'string' }
const whole = { type: 'integer' }
const instant = { type: 'string', format: 'date-time' }
const perhaps = (type: string) => ({ type: [type, 'null'] })
const listOf = (items: object) => ({ type: 'array', items })

function object(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', properties, required: Object.keys(properties) }
}

const newLink = {
  short_code: text,
  short_url: { type: 'string', format: 'uri' },
  original_url: { type: 'string', format: 'uri' },
  created_at: instant,
  expires_at: { type: ['string', 'null'], format: 'date-time' },
}

/** What the API answers with, as JSON Schema, by the names that operations use. */
export const schemas: Readonly<Record<string, object>> = {
  NewLink: object(newLink),
  Link: object({ ...newLink, click_count: whole }),
  Links: object({
    urls: listOf({ $ref: '#/components/schemas/Link' }),
    total: whole,
    limit: whole,
    offset: whole,
  }),
  Analytics: object({
    short_code: text,
    original_url: text,
    total_clicks: whole,
    by_date: listOf(object({ date: { type: 'string', format: 'date' }, clicks: whole })),
    by_referrer: listOf(object({ referrer: perhaps('string'), clicks: whole })),
    by_country: listOf(object({ country: perhaps('string'), clicks: whole })),
  }),
  Session: object({
    user: object({ id: text, email: text }),
    session: object({
      id: text,
      created_at: instant,
      expires_at: instant,
      last_activity_at: instant,
      authenticated_at: instant,
    }),
    csrf_token: text,
  }),
  Sessions: object({
    sessions: listOf(
      object({
        id: text,
        current: { type: 'boolean' },
        created_at: instant,
        last_activity_at: instant,
        expires_at: instant,
        ip_address: perhaps('string'),
        user_agent: perhaps('string'),
      }),
    ),
  }),
  Error: object({ error: object({ code: text, message: text, request_id: text }) }),
}
