import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { UserPreferences } from '../../../application/preferences/preferences.ts'
import { defaultPreferences } from '../../../domain/preferences.ts'
import { timeZonePath } from '../components/layout.tsx'
import { addFormPage, type FormContext, rejectFields } from '../forms/form-page.ts'
import { defineDraftForm, defineForm, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { frameOf } from '../responses/page.ts'
import { redirectWithFlash, signOutDeletedAccount } from '../responses/redirects.ts'
import { PreferencesPage, preferencesPath } from './preferences-page.tsx'

export interface PreferencesContext extends FormContext {
  readonly preferences: UserPreferences
}

const preferencesForm = defineDraftForm(
  { time_zone: formText, locale: formText, theme: formText, landing_page: formText },
  ['time_zone', 'locale', 'theme', 'landing_page'],
)

/** How the pages look to the user. No step-up: nothing here decides who can use the account. */
export function addPreferencesRoutes(app: Hono<AppEnv>, context: PreferencesContext): void {
  const routes = userRoutes(app, context)
  addFormPage(routes, context, {
    path: preferencesPath,
    form: preferencesForm,
    initialValues: (c) => valuesOf(c),
    async render(c, state) {
      const frame = await frameOf(context, c)
      const { defaultTimeZone } = context.options
      return (
        <PreferencesPage {...{ frame, defaultTimeZone, now: context.clock.now() }} {...state} />
      )
    },
    async submit(c, { time_zone: timeZone, locale, theme, landing_page: landingPage }) {
      const input = { timeZone, locale, theme, landingPage }
      const result = await context.preferences.change(c.var.user.id, input)
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'user-deleted') return signOutDeletedAccount(c)
      const flash = { message: 'Preferences saved.', to: preferencesPath }
      return { status: 'accepted', response: redirectWithFlash(context, c, flash) }
    },
  })
  routes.post(timeZonePath, (c) => detectTimeZone(context, c))
}

function valuesOf({ var: { user } }: UserRequestContext) {
  const { timeZone, locale, theme, landingPage } = user.preferences ?? defaultPreferences
  return { time_zone: timeZone ?? '', locale: locale ?? '', theme, landing_page: landingPage }
}

const timeZoneForm = defineForm({ time_zone: formText })

/** From the script of the first page after the account was created. */
async function detectTimeZone(
  context: PreferencesContext,
  c: UserRequestContext,
): Promise<Response> {
  const form = await readForm(context, c, timeZoneForm.schema)
  if (isResponse(form)) return form
  await context.preferences.detectTimeZone(c.var.user.id, form.time_zone)
  return c.body(null, 204)
}
