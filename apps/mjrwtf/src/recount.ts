import { runCommand } from './program/command.ts'

/** Computes all counts of links and clicks from the stored clicks: `npm run recount`. The app may run meanwhile. */
await runCommand(async ({ recount }) => {
  const { links, corrected } = await recount.all()
  return `Links recounted: ${links}. Wrong counts corrected: ${corrected}.`
})
