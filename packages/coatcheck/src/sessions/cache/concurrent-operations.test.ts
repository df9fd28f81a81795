import { it } from 'vitest'
import { checkCacheInterleavings } from '../../../test/support/cache-interleavings.ts'

it('the cache never contradicts what its process has learned, in any interleaving', async () => {
  await checkCacheInterleavings({ runs: 1_500, seed: 20_261_205 })
})
