/**
 * Which addresses are text: kernel text and module text of a world. A store there is a step, a store elsewhere is data.
 */
import type { World } from './world.ts';

export function isText(world: World, address: bigint): boolean {
  const { kernelText, moduleText } = world;
  return (
    (address >= kernelText.from && address < kernelText.to) || (address >= moduleText.from && address < moduleText.to)
  );
}

export function isKernelText(world: World, address: bigint): boolean {
  return address >= world.kernelText.from && address < world.kernelText.to;
}

export function isModuleText(world: World, address: bigint): boolean {
  return address >= world.moduleText.from && address < world.moduleText.to;
}
