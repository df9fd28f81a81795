import type { Child } from 'hono/jsx'
import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import { isLinkExpired } from '../../../domain/link.ts'
import { Timestamp } from '../components/timestamp.tsx'

interface LinkFactsProps {
  readonly link: LinkWithClicks
  readonly now: number
}

/** What was set for a link, without what is as it is for every link. */
export function LinkFacts({ link, now }: LinkFactsProps) {
  return (
    <dl class="facts">
      <Fact term="Created">
        <Timestamp instant={link.createdAt} precision="minute" />
      </Fact>
      {link.startsAt !== null && (
        <Fact term={now < link.startsAt ? 'Starts' : 'Started'}>
          <Timestamp instant={link.startsAt} precision="minute" />
        </Fact>
      )}
      <Fact term={isLinkExpired(link, now) ? 'Expired' : 'Expires'}>
        {link.expiresAt === null ? (
          'Never'
        ) : (
          <Timestamp instant={link.expiresAt} precision="minute" />
        )}
      </Fact>
      <Options link={link} />
    </dl>
  )
}

function Options({ link }: Pick<LinkFactsProps, 'link'>) {
  const { fallbackUrl, clickLimit, hasPassword, forwardsQuery, note } = link
  return (
    <>
      {clickLimit !== null && <Fact term="Click limit">{clickLimit.toLocaleString('en')}</Fact>}
      {fallbackUrl !== null && <Fact term="After it has ended">{fallbackUrl}</Fact>}
      {hasPassword && <Fact term="Password">Required</Fact>}
      {forwardsQuery && <Fact term="Query string">Added to the destination</Fact>}
      {note !== '' && (
        <Fact term="Note" isWide>
          <span class="note" dir="auto">
            {note}
          </span>
        </Fact>
      )}
    </>
  )
}

interface FactProps {
  readonly term: string
  readonly isWide?: boolean
  readonly children?: Child
}

function Fact({ term, isWide, children }: FactProps) {
  return (
    <div class={isWide === true ? 'wide' : undefined}>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}
