import { describe, expect, it } from 'vitest'
import { addCampaign } from './campaign.ts'

const campaign = { utm_source: 'newsletter', utm_campaign: 'spring sale & more' }

describe('campaign parameters', () => {
  it.each([
    [
      'https://a.test',
      'https://a.test?utm_source=newsletter&utm_campaign=spring%20sale%20%26%20more',
    ],
    ['a.test/x#top', 'a.test/x?utm_source=newsletter&utm_campaign=spring%20sale%20%26%20more#top'],
    [
      'https://a.test/?sig=a%2fB+c&&x=1#?y',
      'https://a.test/?sig=a%2fB+c&x=1&utm_source=newsletter&utm_campaign=spring%20sale%20%26%20more#?y',
    ],
    [
      'https://a.test/?utm%5Fsource=old&utm_medium=email',
      'https://a.test/?utm_medium=email&utm_source=newsletter&utm_campaign=spring%20sale%20%26%20more',
    ],
  ])('are added to %s before the fragment, once', (url, expected) => {
    expect(addCampaign(url, campaign)).toBe(expected)
  })

  it('leave the URL as it is if all are empty', () => {
    const url = ' https://a.test/?a=%zz&&b '
    expect(addCampaign(url, { utm_source: ' ', utm_term: '' })).toBe(url)
    expect(addCampaign('', campaign)).toBe('')
  })

  it('accept any text, also one that no URL can contain', () => {
    expect(addCampaign('https://a.test/?%zz=1', { utm_term: '\ud800' })).toBe(
      'https://a.test/?%zz=1&utm_term=%EF%BF%BD',
    )
  })
})
