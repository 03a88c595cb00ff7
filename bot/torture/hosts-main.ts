/** What runs as the router (on-hosts.ts): one argument with the options, and on standard output the figures. */
import { type HostsOptions, tortureHosts } from './hosts.ts';

// The first process of its namespace is ended by no signal that it does not ask for.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const options: HostsOptions = JSON.parse(process.argv[2] ?? '');
const progress = (text: string) => void process.stderr.write(`${text}\n`);
const figures = await tortureHosts(options, progress);
// The hosts are still there, and end with this process.
process.stdout.write(JSON.stringify(figures), () => process.exit(0));
