import { startNode } from '../../../test/support/node-scenario.ts'
import { describeAdapterContract } from '../../testing/adapter/contract.ts'

describeAdapterContract('the node:http adapter', startNode)
