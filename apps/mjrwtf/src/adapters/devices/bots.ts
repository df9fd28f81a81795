import { isbot } from 'isbot'
import type { BotDetector } from '../../application/ports/client-detection.ts'

/**
 * Bots by what their User-Agent contains. The first block follows links in emails and documents before their readers do,
 * some with the User-Agent of a browser and their name after it, which no list of crawlers contains.
 */
const bots: readonly (readonly [string, RegExp])[] = [
  ['Microsoft Safe Links', /safe ?links|Office ?365|Microsoft Defender|Exchange Online/i],
  [
    'Microsoft Office',
    /\bms-office\b|\bMSOffice\b|Microsoft Office|Microsoft-WebDAV|Microsoft Outlook/i,
  ],
  ['Microsoft Teams', /SkypeUriPreview|Microsoft Teams.*Preview|TeamsMessageExtensions/i],
  ['Proofpoint', /proofpoint|urldefense/i],
  ['Barracuda', /barracuda/i],
  ['Mimecast', /mimecast/i],
  ['Cisco Secure Email', /CiscoSecureEmail|IronPort/i],
  ['Trend Micro', /Trend ?Micro|\bTMES\b|\bTMASE\b/i],
  ['Symantec', /Symantec|MessageLabs/i],
  ['Sophos', /\bSophos(?!Browser)/i],
  ['FortiMail', /Forti(Mail|Guard|Net)/i],
  ['FireEye', /FireEye|Trellix/i],
  ['Forcepoint', /Forcepoint|Websense/i],
  ['Vade', /\bVade(Secure)?\b/i],

  // Messengers that fetch a preview. Apple's names the ones of Facebook and Twitter together.
  ['Apple Messages', /facebookexternalhit.*Twitterbot/i],
  ['Slack', /\bSlack(bot|-ImgProxy)/i],
  ['WhatsApp', /\bWhatsApp\//i],
  ['Telegram', /TelegramBot/i],
  ['Discord', /Discordbot/i],
  ['Signal', /^Signal\b/i],
  ['Viber', /^Viber\b/i],
  ['Facebook', /facebookexternalhit|facebookcatalog|meta-external|Facebot/i],
  ['LinkedIn', /LinkedInBot/i],
  ['X (Twitter)', /Twitterbot/i],
  ['Mastodon', /\bMastodon\//i],
  ['Reddit', /redditbot/i],
  ['Pinterest', /Pinterest(bot)?\//i],

  [
    'Google',
    /Googlebot|Google-|GoogleImageProxy|GoogleOther|APIs-Google|AdsBot-Google|FeedFetcher-Google/i,
  ],
  ['Bing', /bingbot|BingPreview|adidxbot/i],
  ['Apple', /Applebot/i],
  ['DuckDuckGo', /DuckDuck(Go-Favicons-)?Bot|DuckAssistBot/i],
  ['Yandex', /Yandex\w*Bot|YandexBot|YaDirectFetcher/i],
  ['Baidu', /Baiduspider/i],
  ['OpenAI', /GPTBot|ChatGPT-User|OAI-SearchBot/i],
  ['Anthropic', /ClaudeBot|Claude-User|Claude-SearchBot/i],
  ['Ahrefs', /Ahrefs/i],
  ['Semrush', /Semrush/i],
  ['Uptime monitors', /UptimeRobot|Pingdom|StatusCake|Uptime-Kuma|BetterUptime|Better Stack/i],
  [
    'Scripts',
    /^(curl|Wget|HTTPie|python|Go-http-client|okhttp|axios|node|undici|Java|Apache-HttpClient|libwww|PostmanRuntime)\b|HeadlessChrome/i,
  ],
]

/** The first entries: a bot although the rest of the User-Agent may be that of a browser. */
const checkers = bots.slice(0, 14)

/** No browser sends a longer User-Agent. */
const maxLength = 1_000

/** Names bots by their User-Agent. A bot with exactly that of a browser counts as a visitor. */
export const botName: BotDetector = (userAgent) => {
  const text = (userAgent ?? '').slice(0, maxLength)
  const checker = nameIn(checkers, text)
  if (checker !== null) return checker
  return isbot(text) ? (nameIn(bots, text) ?? 'Other bots') : null
}

function nameIn(names: typeof bots, text: string): string | null {
  return names.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}
