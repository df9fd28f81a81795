import type { HttpBindings } from '@hono/node-server'
import type { Session } from 'coatcheck'
import type { HonoSessions } from 'coatcheck/hono'
import type { Exchange } from 'coatcheck/http'
import type { Context, MiddlewareHandler } from 'hono'
import type { FollowLinkResult } from '../../application/links/follow-link.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { AppDependencies, AppSessionData } from './app-dependencies.ts'
import type { Assets } from './middleware/assets.ts'

/** What routes and middleware share: the dependencies, and what was made from them once. */
export interface HttpContext extends AppDependencies {
  readonly sessions: HonoSessions<AppSessionData>
  readonly assets: Assets
}

/** What a short link turned out to be, or why that cannot be told. */
export type ResolvedShortLink =
  | FollowLinkResult
  | { readonly status: 'failed'; readonly error: unknown }

/** What became of what was typed into a form that is not taken. */
export type SavedDraft =
  /** `path` shows it to the user for whom the form was made, after they have signed in. */
  | { readonly status: 'saved'; readonly path: string; readonly userId: UserId }
  | { readonly status: 'failed' }
  /** There was nothing to keep, or it was not for us to keep. */
  | { readonly status: 'none' }

/** What a request is known by, further and further down the middleware. */
export interface AppVariables {
  requestId: string
  nonce: string
  exchange: Exchange<AppSessionData>
  /** Absent until a route has asked for it. */
  session?: Session<AppSessionData> | null
  /** Who is looking at the page; absent where nobody has asked. */
  viewer?: User | null
  /** Body of an API call, once its type and size were found good. */
  body?: Uint8Array
  /** Keeps what was typed into the request's form, once; only where the route has such a form. */
  saveDraft?: () => Promise<SavedDraft>
  /** Set behind every guard of such a route: from here on the form is in good hands. */
  formAccepted?: true
  /** What a short link turned out to be, when it was asked for and did not redirect. */
  shortLink?: ResolvedShortLink
}

/** The socket is there on a real server; a test calls without one. */
export interface AppEnv {
  Bindings: Partial<HttpBindings>
  Variables: AppVariables
}

/** The part of Hono's context that answers need, the same behind whichever guards. */
interface ResponseContext<Variables>
  extends Pick<Context, 'req' | 'header' | 'html' | 'json' | 'body' | 'redirect'> {
  readonly var: Readonly<Variables>
  readonly env: AppEnv['Bindings']
}

/** Set by `requireUser` and `requireApiUser`. */
export interface UserVariables extends AppVariables {
  user: User
}

export type RequestContext = ResponseContext<AppVariables>
/** Behind `userGuards` or `apiGuards`. */
export type UserRequestContext = ResponseContext<UserVariables>
export type AppMiddleware = MiddlewareHandler<AppEnv>
