import type { Hono } from 'hono'
import type { LinkReports } from '../../../application/operator/report-link.ts'
import { maxReportComment } from '../../../domain/link-report.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { type TakeDownReason, takeDownReasons } from '../../../domain/take-down.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { withoutScheme } from '../components/link-card.tsx'
import { retryText } from '../components/texts.ts'
import { addFormPage, type FormContext, rejectFields, rejectForNow } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, RequestContext } from '../http-context.ts'
import { visitorRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { codeOfSegment, codeSegment, shortUrlOf } from '../short-url.ts'

export interface ReportLinkContext extends FormContext {
  readonly linkReports: LinkReports
}

/** Visitors report a link to the administrators, without an account. */
export function addReportLinkRoutes(app: Hono<AppEnv>, context: ReportLinkContext): void {
  addFormPage(visitorRoutes(app, context), context, {
    path: '/report/:code',
    form: defineForm({ reason: formText, comment: formText }),
    async render(c, { values, fieldErrors, problem }) {
      const code = await context.linkReports.findReportable(codeOf(c))
      if (code === null) return respondWithProblem(context, c, nothingToReport)
      const frame = await frameOf(context, c, { hasForm: true })
      const shortUrl = shortUrlOf(context.options.shortBaseUrl, code)
      return <ReportPage {...{ frame, code, shortUrl, fieldErrors, problem, ...values }} />
    },
    async submit(c, values) {
      const { ipAddress } = c.var.exchange.client
      const result = await context.linkReports.report({ ...values, code: codeOf(c), ipAddress })
      switch (result.status) {
        case 'reported':
          return redirectWithFlash(context, c, { message: thanks, to: '/' })
        case 'invalid':
          return rejectFields(result.fields)
        case 'not-found':
          return respondWithProblem(context, c, nothingToReport)
        case 'full':
          return { status: 'rejected', httpStatus: 503, problem: fullMessage }
        case 'throttled':
          logSecurityEvent(context, c, {
            event: 'limit-reached',
            limit: 'link-reports',
            userId: null,
          })
          return rejectForNow(result, `${tooManyMessage} ${retryText(result.retryAfterSeconds)}`)
      }
    },
  })
}

const thanks = 'Thank you. The link was reported to the administrators of this site.'
const fullMessage = 'Too many reports are waiting. Please contact the administrator instead.'
const tooManyMessage = `Your network has reached the limit of ${rateLimits.linkReports.max} reports per hour.`

const nothingToReport: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Nothing to report',
  message: 'There is no such link, or it does not redirect anymore.',
}

function codeOf(c: RequestContext): string {
  return codeOfSegment(c.req.param('code') ?? '')
}

interface ReportPageProps {
  readonly frame: Frame
  readonly code: string
  readonly shortUrl: string
  readonly reason: string
  readonly comment: string
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

function ReportPage(props: ReportPageProps) {
  const { frame, code, shortUrl, problem } = props
  return (
    <Layout frame={frame} title="Report a link">
      <div class="narrow stack">
        <h1>Report a link</h1>
        <p class="short-url">{withoutScheme(shortUrl)}</p>
        <p class="lead">
          Is this link harmful? The administrators of this site review it. They do not see who you
          are.
        </p>
        {problem !== null && (
          <Alert kind="error">
            <p>{problem}</p>
          </Alert>
        )}
        <form class="card stack" method="post" action={`/report/${codeSegment(code)}`} data-once="">
          <CsrfField token={frame.csrfToken} />
          <ReasonField {...props} />
          <CommentField {...props} />
          <div>
            <button class="button" type="submit">
              Report link
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}

const choices: Readonly<Record<TakeDownReason, string>> = {
  phishing: 'Phishing: it imitates another site or asks for passwords',
  malware: 'It spreads malicious software',
  spam: 'Spam: I received it without asking',
  illegal: 'Illegal content',
  legal: 'It violates my rights, such as copyright',
  other: 'Something else',
}

function ReasonField({ reason: chosen, fieldErrors }: ReportPageProps) {
  const problem = fieldErrors.reason
  return (
    <fieldset class="field" aria-describedby={problem === undefined ? undefined : 'reason-problem'}>
      <legend>What is wrong?</legend>
      {takeDownReasons.map((reason, index) => (
        <label class="check">
          <input
            type="radio"
            name="reason"
            value={reason}
            checked={reason === chosen}
            required
            autofocus={problem !== undefined && index === 0}
          />
          <span>{choices[reason]}</span>
        </label>
      ))}
      {problem !== undefined && (
        <p class="problem" id="reason-problem">
          {problem}
        </p>
      )}
    </fieldset>
  )
}

function CommentField({ comment, fieldErrors }: ReportPageProps) {
  const problem = fieldErrors.comment
  return (
    <div class="field">
      <label for="comment">
        Details <span class="optional">(optional)</span>
      </label>
      <textarea
        id="comment"
        name="comment"
        rows={4}
        dir="auto"
        aria-describedby={problem === undefined ? 'comment-hint' : 'comment-problem comment-hint'}
        aria-invalid={problem === undefined ? undefined : 'true'}
        autofocus={problem !== undefined}
      >
        {comment}
      </textarea>
      <p class="hint" id="comment-hint">
        For example where you received the link. At most {maxReportComment.toLocaleString('en')}{' '}
        characters.
      </p>
      {problem !== undefined && (
        <p class="problem" id="comment-problem">
          {problem}
        </p>
      )}
    </div>
  )
}
