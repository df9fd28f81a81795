// Loaded before the app by `npm start`. npm sends SIGTERM to the shell that runs the script, and not
// every shell forwards it. Without this, the app would keep running as an orphan and occupy its port.
const parent = process.ppid

const watch = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(watch)
  process.kill(process.pid, 'SIGTERM')
}, 250)
watch.unref()
