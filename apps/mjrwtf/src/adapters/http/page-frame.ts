import type { Frame } from './pages/frame.ts'
import type { AppContext, Site } from './site.ts'

interface FrameOptions {
  /** The page has a form even for a stranger. Without one, no pre-session cookie is set. */
  readonly form?: boolean
  readonly afterPost?: boolean
}

/** The frame of a page whose viewer is known. Takes the waiting flashes. */
export async function frameOf(
  site: Site,
  c: AppContext,
  options: FrameOptions = {},
): Promise<Frame> {
  const viewer = c.var.viewer ?? null
  const hasForm = viewer !== null || options.form === true
  return {
    ...bareFrame(site, c),
    viewer,
    navigation: true,
    csrfToken: hasForm ? await c.var.exchange.csrfToken() : '',
    formSeal: viewer === null ? '' : site.useCases.sealForm(viewer.id),
    // A HEAD shows nothing, so it must not use them up.
    flashes: c.req.method === 'HEAD' ? [] : await c.var.exchange.takeFlashes(),
    afterPost: options.afterPost ?? false,
  }
}

/**
 * The frame of an error page. Asks the session nothing that is not known already: errors must be told
 * while the store fails too, and an unknown short link costs no look at the session.
 */
export async function errorFrame(site: Site, c: AppContext, status: number): Promise<Frame> {
  const viewer = c.var.viewer
  if (viewer === undefined || viewer === null || status >= 500) return bareFrame(site, c)
  return {
    ...bareFrame(site, c),
    viewer,
    navigation: true,
    csrfToken: await c.var.exchange.csrfToken(),
  }
}

/** A frame that says nothing about who is looking: no navigation, no session, no cookie. */
export function bareFrame(site: Site, c: AppContext): Frame {
  return {
    nonce: c.var.nonce,
    assets: site.assets.paths,
    home: `${site.options.baseUrl}/`,
    viewer: null,
    navigation: false,
    csrfToken: '',
    formSeal: '',
    flashes: [],
    signUpOpen: site.options.signUp === 'open',
    invites: site.options.signUp === 'invite',
    path: c.req.path,
    afterPost: false,
  }
}
