// Asks the server whether the process runs, not whether its database does: a restart repairs no database.
const response = await fetch(`http://127.0.0.1:${process.env.PORT ?? 8080}/health`)
if (!response.ok) throw new Error(`/health answered ${response.status}.`)
