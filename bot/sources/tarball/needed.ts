/**
 * Which files of a kernel tarball are unpacked at once: a table of what reading a patch of this architecture can ask for. Any
 * other file of the tarball is unpacked when it is asked for; nothing that it holds looks absent.
 */
const folders: readonly string[] = ['arch/powerpc', 'include', 'kernel', 'lib', 'mm', 'init', 'scripts', 'samples'];
/** Of any folder but those of drivers and other architectures. */
const files = /^(?!arch\/[^/]+\/|drivers\/|sound\/|tools\/)(?:[^/]+\/)*(?:Kconfig[^/]*|Makefile|Kbuild)$/;

export const isNeeded = (path: string) => folders.some((folder) => path.startsWith(`${folder}/`)) || files.test(path);

/** What was unpacked by another table has another name. */
export const neededVersion = [...folders, files.source].join(' ');
