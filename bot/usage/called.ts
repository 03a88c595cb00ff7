/** How a user calls a command of ours: a package brings JavaScript and a name on PATH, a clone is used by npm. */
const isPackage = import.meta.filename.endsWith('.js');

/** As it is typed before its words. */
export const called = (command: string): string => (isPackage ? `scenario-bot ${command}` : `npm run ${command} --`);
