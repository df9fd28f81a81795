import Database from 'better-sqlite3'
import { describeSessionStoreContract } from 'coatcheck/testing'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { it } from 'vitest'
import { openSqliteFile } from './support/open-sqlite-file.ts'

const open = () => openSqliteFile((file) => new Database(file))

describeSessionStoreContract('sqlite (better-sqlite3)', open)

it('agrees with the model of a session store, races included', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 100 })
})
