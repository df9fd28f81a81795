import { describeProtectedContract } from '../../../test/support/describe-protected-contract.ts'
import { startHonoCoatcheck } from '../../../test/support/hono-scenario.ts'
import { serveHonoOnNode } from '../../../test/support/serve-hono-on-node.ts'

describeProtectedContract('coatcheck for Hono', startHonoCoatcheck(serveHonoOnNode))
