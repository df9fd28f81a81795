/** Words that docs/glossary.md replaces, as a pattern, and the better ones. */
export interface ReplacedWords {
  readonly words: string
  readonly better: string
}

export const replacedWords: readonly ReplacedWords[] = [
  // Not the property letter-spacing.
  { words: 'letters?(?!-spacing)', better: 'email, or character' },
  { words: 'tells?|telling|told', better: 'notify, log, report, return or distinguish' },
  { words: 'hears?|heard|hearing', better: 'receive' },
  { words: 'anew', better: 'again, or from scratch' },
  { words: 'under way', better: 'in flight, in progress or pending' },
  { words: '(?:goes|go|going|went|lives|live) on', better: 'stays active, or continues' },
  { words: '(?:is|are|was|were) over', better: 'has ended, or has expired' },
  { words: 'gone', better: 'ended, expired, deleted or missing' },
  { words: 'dead', better: 'invalid' },
  { words: 'opens? nothing', better: 'does not authenticate' },
  { words: '(?:hold|holds|held) (?:nothing )?against', better: 'require step-up' },
  { words: 'doubts?|doubted|distrust|distrusts|distrusted', better: 'require step-up' },
  { words: 'sightings?', better: 'detection input' },
  { words: '(?:make|makes|made|making) room', better: 'evict' },
  { words: '(?:give|gives|gave) way', better: 'is evicted' },
  { words: '(?:push|pushes|pushed) out', better: 'evict' },
  { words: '(?:let|lets|letting) go', better: 'release, or evict' },
  { words: 'taints?|tainted', better: 'invalidate' },
  { words: 'vouch|vouches|vouched', better: 'serve from the cache' },
  { words: 'proofs?|proved|proves?|proven|proving', better: 'heartbeat, evidence, test or verify' },
  // Not the property word-break.
  {
    words: '(?<!break-)words?(?!-break|\u200bBreak)|worded',
    better: 'message, heartbeat, text or term',
  },
  { words: 'handfuls?', better: 'batch' },
  { words: 'seals?|sealed|sealing', better: 'sign, signature' },
  { words: 'somebody|whoever|strangers?', better: 'user, visitor, client or operator' },
  { words: 'people|persons?', better: 'user, visitor or operator' },
  // Not Promise.allSettled.
  { words: '(?<!all\u200b)settled?|settles|settling', better: 'complete' },
  { words: '(?:call|calls|called|calling) off', better: 'cancel' },
  { words: '(?:take|takes|taken|taking) (?:along|out)', better: 'export' },
  { words: '(?:slow|slows|slowed) down', better: 'throttle' },
  { words: 'patience', better: 'timeout, with what it limits' },
  { words: 'surroundings', better: 'context' },
  { words: 'notices?|noticed|noticing', better: 'notification, alert or detect' },
  { words: 'lately', better: 'recently' },
  { words: 'witness(?:es)?', better: 'leak detector' },
  { words: '(?:longest|largest|shortest|least|most)(?=\u200b[A-Z])', better: 'max, or min' },
]

/** A use that may remain. */
export interface AllowedUse {
  readonly file: RegExp
  /** Matches the line. */
  readonly text: RegExp
  readonly reason: string
}

export const allowedUses: readonly AllowedUse[] = [
  {
    file: /./,
    text: /letters(?:,| and) digits|letters a-z|in place of letters|two letters|a full-width letter/,
    reason: 'characters of the alphabet',
  },
  {
    file: /domain\/(?:common-|short-code)|validate-new-password|reserved-|documented-limits/,
    text: /words?\b/i,
    reason: 'words of a language, in passwords and short codes',
  },
  {
    file: /account-fields|creating-links/,
    text: /unrelated words|reserved words/,
    reason: 'words of a language, on pages',
  },
  {
    file: /^docs\/decisions\/024-/,
    text: /check-words\.ts/,
    reason: 'name of this check',
  },
  {
    file: /follow-link|short-links|features\.integration|link-clicks|redirects/,
    text: /'gone'/,
    reason: 'status 410 Gone (RFC 9110 section 15.5.11)',
  },
  {
    file: /operator\/(?:users|invites)|test\/|security-evidence/,
    text: /\bperson\b/,
    reason: 'someone without an account, or the human behind several, on pages and in tests',
  },
  {
    file: /cli\/(?:completion|run-cli)/,
    text: /COMP_WORDS|\{words\[/,
    reason: 'variables of bash and zsh',
  },
]
