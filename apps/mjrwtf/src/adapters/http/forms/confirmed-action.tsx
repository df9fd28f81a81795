import { isResponse } from 'coatcheck/http'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import type { GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { type FrameContext, frameOf, page } from '../responses/page.ts'
import type { ProblemContext } from '../responses/problem.tsx'
import { addAction, type FormAction } from './form-page.ts'
import type { InterruptionContext } from './interrupted.ts'

/** What a page asks before it carries an action out. */
export interface Confirmation {
  readonly title: string
  /** What will happen, and to what. */
  readonly effect: string
  /** Label of the button: a verb. */
  readonly button: string
  /** Path of the page that has the action, for the way back. The navigation marks it. */
  readonly section: string
}

/** An action of a form with only a button, with a page at the same path that asks for a confirmation. */
export interface ConfirmedAction extends Pick<FormAction<UserRequestContext>, 'path' | 'run'> {
  /** The question, or a response if there is nothing to confirm. */
  confirm(c: UserRequestContext): Confirmation | Response | Promise<Confirmation | Response>
}

type ActionContext = FrameContext & ProblemContext & InterruptionContext

/**
 * Adds the route of an action behind recent authentication, and its page. A user whom the step-up interrupts comes to the
 * page afterwards, so that the action is neither dropped nor carried out unseen.
 */
export function addConfirmedAction(
  routes: GuardedRoutes<UserRequestContext>,
  context: ActionContext,
  { path, run, confirm }: ConfirmedAction,
): void {
  routes.get(path, async (c) => {
    const confirmation = await confirm(c)
    if (isResponse(confirmation)) return confirmation
    return page(c, <ConfirmActionPage {...{ frame: await frameOf(context, c), confirmation }} />)
  })
  addAction(routes, context, { path, run, reviewPath: (c) => c.req.path })
}

interface ConfirmActionPageProps {
  readonly frame: Frame
  readonly confirmation: Confirmation
}

function ConfirmActionPage({ frame, confirmation }: ConfirmActionPageProps) {
  const { title, effect, button, section } = confirmation
  return (
    <SettingsLayout frame={frame} title={title} section={section}>
      <div class="narrow stack">
        <form class="card" method="post" action={frame.path} data-once="">
          <CsrfField token={frame.csrfToken} />
          <p class="breakable">{effect}</p>
          <div class="actions">
            <button class="button" type="submit">
              {button}
            </button>
            <a href={section}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
