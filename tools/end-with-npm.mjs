// Loaded before the app by `npm start`. npm passes SIGTERM on to the shell that runs the script, and
// not every shell passes it further: the app would live on, orphaned, and keep its port.
const parent = process.ppid

const watch = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(watch)
  process.kill(process.pid, 'SIGTERM')
}, 250)
watch.unref()
