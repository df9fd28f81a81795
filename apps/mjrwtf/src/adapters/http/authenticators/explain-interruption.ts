import type { AppMiddleware, PageContext } from '../http-context.ts'

/**
 * Before the guards of an enrollment: explains a redirect to the sign-in page or a step-up. The app of the user has the
 * key already, and a new enrollment has another key.
 */
export function explainInterruption({ web }: Pick<PageContext, 'web'>): AppMiddleware {
  return async (c, next) => {
    let isAccepted = false
    c.set('acceptForm', () => {
      isAccepted = true
    })
    await next()
    const { exchange } = c.var
    if (isAccepted || c.res.status !== 303 || !web.isSameOrigin(exchange)) return
    const form = await exchange.form()
    if (form?.has('enrollment') === true) await exchange.flash({ kind: 'error', message })
  }
}

const message =
  'The authenticator app was not added, because you had to confirm that it is you. Delete the new entry in your app, ' +
  'then start again.'
