/** What this process has spent so far: seconds of CPU of all its threads, in user and system mode. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
