/**
 * Terms that users choose as passwords or as parts of them, in lower case: synonyms of "password", greetings, names of
 * pets and heroes, seasons, teams, device defaults.
 */
export const commonTerms: readonly string[] = [
  ...'password passwort passphrase passcode passwd pass pwd secret secure security private'.split(
    ' ',
  ),
  ...'login logon signin letmein welcome hello access account admin administrator root'.split(' '),
  ...'user username guest default changeme change test tester testing demo example sample'.split(
    ' ',
  ),
  ...'temp temporary master manager system server service support office company business'.split(
    ' ',
  ),
  ...'computer internet google facebook youtube amazon apple microsoft windows linux'.split(' '),
  ...'iloveyou loveyou lovely love lover forever always together baby babygirl angel'.split(' '),
  ...'princess prince queen king sweety honey darling sunshine rainbow flower butterfly'.split(' '),
  ...'monkey dragon tiger lion eagle panther horse kitty puppy doggy mickey snoopy pokemon'.split(
    ' ',
  ),
  ...'superman batman spiderman ironman starwars matrix ninja samurai pirate wizard merlin'.split(
    ' ',
  ),
  ...'football baseball basketball hockey soccer tennis golf liverpool arsenal chelsea'.split(' '),
  ...'barcelona juventus yankees cowboys lakers michael jordan jennifer jessica charlie'.split(' '),
  ...'daniel thomas robert andrew joshua matthew ashley nicole hannah maggie buster'.split(' '),
  ...'summer winter spring autumn january february march april june july august'.split(' '),
  ...'september october november december monday tuesday wednesday thursday friday'.split(' '),
  ...'saturday sunday trustno whatever freedom shadow killer hunter ranger soldier'.split(' '),
  ...'cookie chocolate cheese pepper ginger banana orange purple silver golden diamond'.split(' '),
  ...'nothing blank empty please thanks goodbye mypassword notapassword thisismypassword'.split(
    ' ',
  ),
  ...'qwerty qwertz azerty asdf zxcv qazwsx money dollar lucky happy smile peace jesus'.split(' '),
  ...'america london berlin paris newyork canada mexico england germany france'.split(' '),
]

const keyboardRows = [
  '1234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
]
const keyboardWalks = [
  '0123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'zaq12wsxcde34rfvbgt56yhnmju78ik',
  'a1b2c3d4e5f6g7h8i9',
  '!@#$%^&*()',
]

/** Keyboard sequences, forward and backward, each repeated once to cover wrap-around. */
export const keySequences: readonly string[] = [...keyboardRows, ...keyboardWalks].flatMap(
  (keys) => {
    const wrapped = keys + keys
    return [wrapped, [...wrapped].reverse().join('')]
  },
)
