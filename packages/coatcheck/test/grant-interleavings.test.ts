import { it } from 'vitest'
import { checkGrantInterleavings } from './support/grant-interleavings.ts'

it('no ended grant comes back and no refresh token has two successors, in any interleaving', async () => {
  await checkGrantInterleavings({ runs: 700, seed: 20_261_130 })
})
