import { expect, it } from 'vitest'
import { botName } from './bots.ts'

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1'
const skype =
  'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com'

it.each([
  ['Microsoft Safe Links', `${chrome} SafeLinks`],
  ['Microsoft Office', 'Mozilla/4.0 (compatible; ms-office; MSOffice 16)'],
  [
    'Microsoft Office',
    'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.12026; Pro)',
  ],
  ['Microsoft Office', 'Microsoft Office Existence Discovery'],
  ['Microsoft Office', 'Microsoft-WebDAV-MiniRedir/10.0.19045'],
  ['Microsoft Teams', skype],
  ['Proofpoint', `${chrome} proofpoint`],
  ['Barracuda', 'Barracuda Sentinel (EE)'],
  ['Barracuda', `${chrome} BarracudaCentral`],
  ['Mimecast', `${chrome} Mimecast`],
  ['Slack', 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'],
  ['WhatsApp', 'WhatsApp/2.23.20.0'],
  ['Telegram', 'TelegramBot (like TwitterBot)'],
  ['Apple Messages', `${chrome} facebookexternalhit/1.1 Facebot Twitterbot/1.0`],
  ['Facebook', 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'],
  ['Google', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
  ['Bing', 'Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0) BingPreview/1.0b'],
  ['Scripts', 'curl/8.5.0'],
  ['Other bots', 'ExampleCrawler/1.0 (+https://example.com/bot)'],
])('botName recognizes %s', (name, userAgent) => {
  expect(botName(userAgent)).toBe(name)
})

it.each([
  [chrome],
  [iphone],
  [`${iphone} Outlook-iOS/2.0`],
  [chrome.replace('Chrome', 'Teams/1.6 Chrome')],
  [''],
  [null],
])('botName takes %s for a visitor', (userAgent) => {
  expect(botName(userAgent)).toBeNull()
})
