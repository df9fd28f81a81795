import { describeProtectedContract } from '../../../test/support/describe-protected-contract.ts'
import { startNodeCoatcheck } from '../../../test/support/node-scenario.ts'

describeProtectedContract('coatcheck for node:http', startNodeCoatcheck)
