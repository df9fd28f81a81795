import { type CampaignName, campaignNames } from '../../../domain/campaign.ts'
import { tagLimits } from '../../../domain/tag.ts'
import { Field, type FieldErrors, TextArea } from '../components/fields.tsx'
import type { LinkFormValues } from './link-fields.ts'

interface FieldsProps {
  readonly values: LinkFormValues
  readonly fieldErrors: FieldErrors
}

/** Title, tags and note of a link. */
export function TextFields({ values, fieldErrors }: FieldsProps) {
  return (
    <>
      <Field
        name="title"
        label="Title"
        optional
        value={values.title ?? ''}
        problem={fieldErrors.title}
        attributes={{ autocomplete: 'off', dir: 'auto' }}
      />
      <Field
        name="tags"
        label="Tags"
        optional
        value={values.tags ?? ''}
        problem={fieldErrors.tags}
        hint={`Separated by commas, up to ${tagLimits.perLink}.`}
        attributes={{ autocomplete: 'off', autocapitalize: 'none', dir: 'auto' }}
      />
      <TextArea
        name="note"
        label="Note"
        optional
        value={values.note ?? ''}
        problem={fieldErrors.note}
        hint="Only you can see it."
        attributes={{ rows: 3, dir: 'auto' }}
      />
    </>
  )
}

const campaignLabels: Readonly<Record<CampaignName, readonly [label: string, example: string]>> = {
  utm_source: ['Source', 'newsletter'],
  utm_medium: ['Medium', 'email'],
  utm_campaign: ['Campaign', 'spring-sale'],
  utm_term: ['Term', 'coats'],
  utm_content: ['Content', 'footer-link'],
}

/** Parameters that are added to the destination. Open if one is filled in. */
export function CampaignFields({ values }: Pick<FieldsProps, 'values'>) {
  const isOpen = campaignNames.some((name) => (values[name] ?? '') !== '')
  return (
    <details class="disclosure" open={isOpen}>
      <summary>Campaign parameters (UTM)</summary>
      <p class="hint">
        Added to the destination, so that its statistics show where visits come from.
      </p>
      <div class="pair">
        {campaignNames.map((name) => (
          <Field
            name={name}
            label={campaignLabels[name][0]}
            optional
            value={values[name] ?? ''}
            attributes={{
              autocomplete: 'off',
              autocapitalize: 'none',
              placeholder: campaignLabels[name][1],
            }}
          />
        ))}
      </div>
    </details>
  )
}

/** Whether a field of a part of the form has a value or an error, so that the part must be open. */
export function isUsed(
  { values, fieldErrors }: FieldsProps,
  names: readonly (keyof LinkFormValues)[],
) {
  return names.some((name) => (values[name] ?? '') !== '' || fieldErrors[name] !== undefined)
}
