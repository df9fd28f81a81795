/** Words that docs/glossary.md replaces, as a pattern, and the better ones. */
export interface ReplacedWords {
  readonly words: string
  readonly better: string
}

export const replacedWords: readonly ReplacedWords[] = [
  { words: 'letters?', better: 'email, or character' },
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
  { words: 'words?|worded', better: 'message, heartbeat, text or term' },
  { words: 'handfuls?', better: 'batch' },
  { words: 'seals?|sealed|sealing', better: 'sign, signature' },
  { words: 'somebody|whoever|strangers?', better: 'user, visitor, client or operator' },
  { words: 'people|persons?', better: 'user, visitor or operator' },
  { words: 'settled?|settles|settling', better: 'complete' },
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

export const allowedUses: readonly AllowedUse[] = []
