import { type Locale, locales } from '../../../domain/locale.ts'
import { type TimeZone, utc } from '../../../domain/time-zone.ts'
import { DraftRestoredAlert } from '../components/alerts.tsx'
import { formatTime, zoneLabel } from '../components/display-format.ts'
import { CsrfField, DraftFields, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { ZoneField } from '../components/zone-field.tsx'

export const preferencesPath = '/settings/preferences'

interface PreferencesPageProps {
  readonly frame: Frame
  /** Of the site. */
  readonly defaultTimeZone: TimeZone
  readonly now: number
  readonly values: {
    readonly time_zone: string
    readonly locale: string
    readonly theme: string
    readonly landing_page: string
  }
  readonly fieldErrors: FieldErrors
  readonly draft: string
  readonly isRestored: boolean
}

export function PreferencesPage(props: PreferencesPageProps) {
  const { frame, values, fieldErrors, draft, defaultTimeZone, now } = props
  return (
    <SettingsLayout frame={frame} title="Preferences">
      <div class="narrow stack">
        {props.isRestored && <DraftRestoredAlert />}
        <form class="card" method="post" action={preferencesPath}>
          <CsrfField token={frame.csrfToken} />
          <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
          <ZoneField
            name="time_zone"
            value={values.time_zone}
            problem={fieldErrors.time_zone}
            emptyLabel={`Default of this site (${defaultTimeZone.replaceAll('_', ' ')})`}
          />
          <LocaleField value={values.locale} problem={fieldErrors.locale} />
          <p class="hint">
            All times on these pages and in emails are in this time zone. Now it is{' '}
            <strong>
              {formatTime(now, 'minute')} {zoneLabel(now)}
            </strong>
            .
          </p>
          <Choices
            name="theme"
            legend="Theme"
            options={themeOptions}
            value={values.theme}
            problem={fieldErrors.theme}
          />
          <Choices
            name="landing_page"
            legend="First page after signing in"
            options={landingOptions}
            value={values.landing_page}
            problem={fieldErrors.landing_page}
          />
          <div class="actions">
            <button class="button" type="submit">
              Save
            </button>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}

const themeOptions = [
  ['system', 'Same as my device'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const

const landingOptions = [
  ['links', 'My links'],
  ['create', 'Create a link'],
] as const

interface ChoicesProps {
  readonly name: string
  readonly legend: string
  readonly options: readonly (readonly [value: string, label: string])[]
  readonly value: string
  readonly problem: string | undefined
}

function Choices({ name, legend, options, value, problem }: ChoicesProps) {
  return (
    <fieldset
      class="field"
      aria-describedby={problem === undefined ? undefined : `${name}-problem`}
    >
      <legend>{legend}</legend>
      {options.map(([each, label]) => (
        <label class="check">
          <input type="radio" name={name} value={each} checked={each === value} required />
          <span>{label}</span>
        </label>
      ))}
      {problem !== undefined && (
        <p class="problem" id={`${name}-problem`}>
          {problem}
        </p>
      )}
    </fieldset>
  )
}

interface LocaleFieldProps {
  readonly value: string
  readonly problem: string | undefined
}

const languageNames = new Intl.DisplayNames('en', { type: 'language' })

const exampleInstant = Date.UTC(2030, 11, 31, 14, 5)

/** By name, with an example: the name alone does not say in which order the numbers are. */
const localeOptions = locales
  .map((locale) => [locale, `${languageNames.of(locale) ?? locale}: ${example(locale)}`] as const)
  .toSorted(([, one], [, other]) => one.localeCompare(other, 'en'))

function example(locale: Locale): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: utc,
  }).format(exampleInstant)
}

function LocaleField({ value, problem }: LocaleFieldProps) {
  return (
    <div class="field">
      <label for="locale">Date format</label>
      <select
        id="locale"
        name="locale"
        aria-describedby={problem === undefined ? undefined : 'locale-problem'}
        aria-invalid={problem === undefined ? undefined : 'true'}
      >
        <option value="" selected={value === ''}>
          Language of my browser
        </option>
        {localeOptions.map(([locale, name]) => (
          <option value={locale} selected={locale === value}>
            {name}
          </option>
        ))}
      </select>
      {problem !== undefined && (
        <p class="problem" id="locale-problem">
          {problem}
        </p>
      )}
    </div>
  )
}
