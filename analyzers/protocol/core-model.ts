export const coreModel = { file: 'model', text: '' };
export function modelText(_path: string): { file: string; text: string } | null { return null; }
