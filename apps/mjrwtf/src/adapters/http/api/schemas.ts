import { scopes } from '../../../domain/scope.ts'
import { linkProperties } from '../links/link-json.ts'

const text = { type: 'string' }
const integer = { type: 'integer' }
const instant = { type: 'string', format: 'date-time' }
const nullable = (type: string) => ({ type: [type, 'null'] })
const listOf = (items: object) => ({ type: 'array', items })

function object(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', properties, required: Object.keys(properties) }
}

/** How a session was authenticated: names of methods as in RFC 8176, and the level of NIST SP 800-63B-4. */
const authentication = {
  assurance_level: { type: 'integer', enum: [1, 2, 3] },
  methods: listOf(object({ method: text, at: instant })),
}

/** Response bodies of the API as JSON Schema, by the names used in the operations. */
export const schemas: Readonly<Record<string, object>> = {
  NewLink: object(linkProperties),
  Link: object({ ...linkProperties, click_count: integer, admitted_clicks: integer }),
  Links: object({
    urls: listOf({ $ref: '#/components/schemas/Link' }),
    total: integer,
    total_is_minimum: { type: 'boolean' },
    limit: integer,
    offset: integer,
    next_cursor: nullable('string'),
  }),
  Codes: object({
    codes: listOf(
      object({
        short_code: text,
        short_url: { type: 'string', format: 'uri' },
        is_main: { type: 'boolean' },
      }),
    ),
  }),
  Analytics: object({
    short_code: text,
    original_url: text,
    total_clicks: integer,
    total_visitors: integer,
    total_bot_clicks: integer,
    by_date: listOf(object({ date: { type: 'string', format: 'date' }, clicks: integer })),
    by_referrer: listOf(object({ referrer: nullable('string'), clicks: integer })),
    by_country: listOf(object({ country: nullable('string'), clicks: integer })),
    by_city: listOf(
      object({ city: nullable('string'), country: nullable('string'), clicks: integer }),
    ),
    by_browser: listOf(object({ browser: nullable('string'), clicks: integer })),
    by_system: listOf(object({ system: nullable('string'), clicks: integer })),
    by_device: listOf(object({ device: nullable('string'), clicks: integer })),
    by_hour: listOf(object({ hour: integer, clicks: integer })),
    by_bot: listOf(object({ bot: nullable('string'), clicks: integer })),
  }),
  Account: object({
    user: object({ id: text, email: text, created_at: instant }),
    token: {
      oneOf: [
        object({
          kind: { type: 'string', enum: ['personal', 'grant', 'shared'] },
          name: nullable('string'),
          scopes: listOf({ type: 'string', enum: scopes }),
          expires_at: nullable('string'),
        }),
        { type: 'null' },
      ],
    },
  }),
  Session: object({
    user: object({ id: text, email: text }),
    session: object({
      id: text,
      created_at: instant,
      expires_at: instant,
      last_activity_at: instant,
      authenticated_at: instant,
      ...authentication,
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
        ...authentication,
        ip_address: nullable('string'),
        user_agent: nullable('string'),
      }),
    ),
  }),
  Error: object({ error: object({ code: text, message: text, request_id: text }) }),
}
